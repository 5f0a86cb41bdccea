using FlipReg;
using MLNet.FlipReg.Interop;

namespace Microsoft.ML;

/// <content>Methods for labels of which many may be wrong.</content>
public static partial class FlipRegBinaryCatalog
{
    /// <summary>Trains a binary neural network classifier with P-DIFF, which drops rows whose label is improbable (see <see cref="PDiffOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <param name="noiseRate">Share of wrong labels, from 0 to below 1, or null where it is not known.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<PDiffOptions> PDiff(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null, double? noiseRate = null) =>
        catalog.PDiff(FlipRegCatalog.With(new PDiffOptions { NoiseRate = noiseRate }, labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with P-DIFF, which drops rows whose label is improbable.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<PDiffOptions> PDiff(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, PDiffOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a binary neural network classifier with ELR, early-learning regularization (see <see cref="ElrOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<ElrOptions> Elr(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.Elr(FlipRegCatalog.With(new ElrOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with ELR, early-learning regularization.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<ElrOptions> Elr(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, ElrOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a binary neural network classifier with symmetric cross-entropy (see <see cref="SymmetricCrossEntropyOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<SymmetricCrossEntropyOptions> SymmetricCrossEntropy(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.SymmetricCrossEntropy(FlipRegCatalog.With(new SymmetricCrossEntropyOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with symmetric cross-entropy.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<SymmetricCrossEntropyOptions> SymmetricCrossEntropy(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, SymmetricCrossEntropyOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a binary neural network classifier with generalized cross-entropy (see <see cref="GeneralizedCrossEntropyOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<GeneralizedCrossEntropyOptions> GeneralizedCrossEntropy(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.GeneralizedCrossEntropy(FlipRegCatalog.With(new GeneralizedCrossEntropyOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with generalized cross-entropy.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<GeneralizedCrossEntropyOptions> GeneralizedCrossEntropy(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, GeneralizedCrossEntropyOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a binary neural network classifier with bootstrapped labels (see <see cref="BootstrapOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <param name="hard">Whether labels are mixed with the predicted class, instead of the predicted probabilities.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<BootstrapOptions> Bootstrap(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null, bool hard = false) =>
        catalog.Bootstrap(FlipRegCatalog.With(new BootstrapOptions { Hard = hard }, labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with bootstrapped labels.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<BootstrapOptions> Bootstrap(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, BootstrapOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a binary neural network classifier with DisturbLabel, which redraws some labels in every epoch (see <see cref="DisturbLabelOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<DisturbLabelOptions> DisturbLabel(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.DisturbLabel(FlipRegCatalog.With(new DisturbLabelOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with DisturbLabel, which redraws some labels in every epoch.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<DisturbLabelOptions> DisturbLabel(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, DisturbLabelOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);
}
