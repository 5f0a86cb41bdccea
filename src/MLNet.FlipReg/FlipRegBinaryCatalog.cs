using FlipReg;
using Microsoft.ML.Trainers;
using MLNet.FlipReg.Interop;

namespace Microsoft.ML;

/// <summary>Adds the trainers of MLNet.FlipReg to <c>mlContext.BinaryClassification.Trainers</c>.</summary>
public static partial class FlipRegBinaryCatalog
{
    /// <summary>Trains a binary neural network classifier with FER, flipping error reduction (see <see cref="FerOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <param name="noisyLabels">Whether to use the form for wrong labels.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<FerOptions> Fer(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null, bool noisyLabels = false) =>
        catalog.Fer(FlipRegCatalog.With(new FerOptions { NoisyLabels = noisyLabels }, labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with FER, flipping error reduction.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<FerOptions> Fer(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, FerOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a binary neural network classifier with FER-ELR, for labels of which many may be wrong (see <see cref="FerElrOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<FerElrOptions> FerElr(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.FerElr(FlipRegCatalog.With(new FerElrOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with FER-ELR, for labels of which many may be wrong.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<FerElrOptions> FerElr(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, FerElrOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a binary neural network classifier with plain cross-entropy (see <see cref="CrossEntropyOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<CrossEntropyOptions> CrossEntropy(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.CrossEntropy(FlipRegCatalog.With(new CrossEntropyOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with plain cross-entropy.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<CrossEntropyOptions> CrossEntropy(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, CrossEntropyOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a binary neural network classifier with OLS, online label smoothing (see <see cref="OlsOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<OlsOptions> Ols(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.Ols(FlipRegCatalog.With(new OlsOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with OLS, online label smoothing.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<OlsOptions> Ols(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, OlsOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>
    /// Trains one binary classifier for each class, against all others: ML.NET's OneVersusAll. A network with an output for each class
    /// (<see cref="FlipRegCatalog"/>) trains and scores in a fraction of the time.
    /// </summary>
    /// <remarks>
    /// Rows are scored one by one, on the CPU. The networks' memory is given back when the model is collected, not when it is disposed.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="binaryEstimator">The trainer of the binary classifiers.</param>
    /// <param name="labelColumnName">Name of the label column, a key of UInt32; that of the binary trainer, which null stands for.</param>
    /// <param name="imputeMissingLabelsAsNegative">Whether rows without a label count as negative.</param>
    /// <param name="useProbabilities">Whether Score holds the classifiers' probabilities, which sum to 1, or their scores.</param>
    /// <exception cref="ArgumentException">The label column is not that of the binary trainer, or the trainer reads several feature columns.</exception>
    public static OneVersusAllTrainer OneVersusAll<TOptions>(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, FlipRegBinaryTrainer<TOptions> binaryEstimator,
        string? labelColumnName = null, bool imputeMissingLabelsAsNegative = false, bool useProbabilities = true)
        where TOptions : TrainingOptions
    {
        ArgumentNullException.ThrowIfNull(binaryEstimator);
        var label = binaryEstimator.LabelColumnName;
        if (labelColumnName is not null && labelColumnName != label)
            throw new ArgumentException($"labelColumnName must be the label column of the binary trainer, '{label}'. Got '{labelColumnName}'. Give both the same name.", nameof(labelColumnName));
        if (!binaryEstimator.MayReadOneVector)
            throw new ArgumentException($"binaryEstimator must read one feature column, a vector, in ML.NET's OneVersusAll. Got {string.Join(", ", binaryEstimator.FeatureColumnNames.Select(name => $"'{name}'"))}. Use the method in MulticlassClassification.Trainers, which reads several; or OneHotEncoding and Concatenate.", nameof(binaryEstimator));
        return catalog.OneVersusAll(new StockBinaryTrainer(HostAccess.Environment(catalog), binaryEstimator), label, imputeMissingLabelsAsNegative, useProbabilities: useProbabilities);
    }
}
