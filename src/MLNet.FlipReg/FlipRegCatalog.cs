using FlipReg;
using MLNet.FlipReg.Interop;

namespace Microsoft.ML;

/// <summary>Adds the trainers of MLNet.FlipReg to <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
public static partial class FlipRegCatalog
{
    /// <summary>Trains a neural network classifier with FER, flipping error reduction (see <see cref="FerOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <param name="noisyLabels">Whether to use the form for wrong labels.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegTrainer<FerOptions> Fer(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null, bool noisyLabels = false) =>
        catalog.Fer(With(new FerOptions { NoisyLabels = noisyLabels }, labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a neural network classifier with FER, flipping error reduction.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegTrainer<FerOptions> Fer(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, FerOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a neural network classifier with FER-ELR, for labels of which many may be wrong (see <see cref="FerElrOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegTrainer<FerElrOptions> FerElr(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.FerElr(With(new FerElrOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a neural network classifier with FER-ELR, for labels of which many may be wrong.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegTrainer<FerElrOptions> FerElr(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, FerElrOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a neural network classifier with plain cross-entropy (see <see cref="CrossEntropyOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegTrainer<CrossEntropyOptions> CrossEntropy(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.CrossEntropy(With(new CrossEntropyOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a neural network classifier with plain cross-entropy.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegTrainer<CrossEntropyOptions> CrossEntropy(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, CrossEntropyOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a neural network classifier with OLS, online label smoothing (see <see cref="OlsOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegTrainer<OlsOptions> Ols(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.Ols(With(new OlsOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a neural network classifier with OLS, online label smoothing.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegTrainer<OlsOptions> Ols(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, OlsOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    internal static TOptions With<TOptions>(TOptions options, string label, string features, string? weight, int? epochs)
        where TOptions : TrainingOptions
    {
        options.LabelColumnName = label;
        options.FeatureColumnName = features;
        options.ExampleWeightColumnName = weight;
        options.Epochs = epochs ?? options.Epochs;
        return options;
    }
}
