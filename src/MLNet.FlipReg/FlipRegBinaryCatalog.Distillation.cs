using FlipReg;
using MLNet.FlipReg.Interop;

namespace Microsoft.ML;

/// <content>Methods that learn from the network's own earlier or other predictions.</content>
public static partial class FlipRegBinaryCatalog
{
    /// <summary>Trains a binary neural network classifier with LWR, learning with retrospection (see <see cref="LwrOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<LwrOptions> Lwr(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.Lwr(FlipRegCatalog.With(new LwrOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with LWR, learning with retrospection.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<LwrOptions> Lwr(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, LwrOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a binary neural network classifier with CS-KD, class-wise self-knowledge distillation (see <see cref="CsKdOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<CsKdOptions> CsKd(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.CsKd(FlipRegCatalog.With(new CsKdOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with CS-KD, class-wise self-knowledge distillation.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<CsKdOptions> CsKd(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, CsKdOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a binary neural network classifier with SD, snapshot distillation (see <see cref="SnapshotDistillationOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegBinaryTrainer<SnapshotDistillationOptions> SnapshotDistillation(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.SnapshotDistillation(FlipRegCatalog.With(new SnapshotDistillationOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a binary neural network classifier with SD, snapshot distillation.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegBinaryTrainer<SnapshotDistillationOptions> SnapshotDistillation(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, SnapshotDistillationOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);
}
