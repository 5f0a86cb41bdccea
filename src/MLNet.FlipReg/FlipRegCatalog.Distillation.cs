using FlipReg;
using MLNet.FlipReg.Interop;

namespace Microsoft.ML;

/// <content>Methods that learn from the network's own earlier or other predictions.</content>
public static partial class FlipRegCatalog
{
    /// <summary>Trains a neural network classifier with LWR, learning with retrospection (see <see cref="LwrOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegTrainer<LwrOptions> Lwr(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.Lwr(With(new LwrOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a neural network classifier with LWR, learning with retrospection.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegTrainer<LwrOptions> Lwr(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, LwrOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a neural network classifier with CS-KD, class-wise self-knowledge distillation (see <see cref="CsKdOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegTrainer<CsKdOptions> CsKd(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.CsKd(With(new CsKdOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a neural network classifier with CS-KD, class-wise self-knowledge distillation.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegTrainer<CsKdOptions> CsKd(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, CsKdOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);

    /// <summary>Trains a neural network classifier with SD, snapshot distillation (see <see cref="SnapshotDistillationOptions"/>).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the feature column, a known-size vector of Single.</param>
    /// <param name="exampleWeightColumnName">Name of the example weight column (Single, at least 0), or null for equal weights.</param>
    /// <param name="epochs">Passes over the training rows; at least 1. Null takes the default of the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static FlipRegTrainer<SnapshotDistillationOptions> SnapshotDistillation(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null, int? epochs = null) =>
        catalog.SnapshotDistillation(With(new SnapshotDistillationOptions(), labelColumnName, featureColumnName, exampleWeightColumnName, epochs));

    /// <summary>Trains a neural network classifier with SD, snapshot distillation.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <param name="validationData">Rows scored after each epoch, for the reports' flips and accuracies, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static FlipRegTrainer<SnapshotDistillationOptions> SnapshotDistillation(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, SnapshotDistillationOptions options, IDataView? validationData = null) =>
        new(HostAccess.Environment(catalog), options, validationData);
}
