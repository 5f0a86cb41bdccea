using FlipReg;
using MLNet.FlipReg.Interop;

namespace Microsoft.ML;

/// <content>Methods that hold back too certain predictions.</content>
public static partial class FlipRegCatalog
{
    /// <summary>Trains a neural network classifier with label smoothing (see <see cref="LabelSmoothingOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegTrainer<LabelSmoothingOptions> LabelSmoothing(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.LabelSmoothing(With(new LabelSmoothingOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a neural network classifier with label smoothing.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegTrainer<LabelSmoothingOptions> LabelSmoothing(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, LabelSmoothingOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a neural network classifier with a reward for the entropy of its predictions (see <see cref="MaxEntropyOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegTrainer<MaxEntropyOptions> MaxEntropy(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.MaxEntropy(With(new MaxEntropyOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a neural network classifier with a reward for the entropy of its predictions.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegTrainer<MaxEntropyOptions> MaxEntropy(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, MaxEntropyOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a neural network classifier with TF-Reg, teacher-free regularization (see <see cref="TfRegOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegTrainer<TfRegOptions> TfReg(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.TfReg(With(new TfRegOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a neural network classifier with TF-Reg, teacher-free regularization.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegTrainer<TfRegOptions> TfReg(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, TfRegOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a neural network classifier with pairwise confusion (see <see cref="PairwiseConfusionOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegTrainer<PairwiseConfusionOptions> PairwiseConfusion(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.PairwiseConfusion(With(new PairwiseConfusionOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a neural network classifier with pairwise confusion.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegTrainer<PairwiseConfusionOptions> PairwiseConfusion(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, PairwiseConfusionOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);
}
