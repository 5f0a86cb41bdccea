using FlipReg;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Training;

namespace Microsoft.ML;

/// <summary>Adds averages of several classifiers to <c>mlContext.MulticlassClassification</c>.</summary>
public static class EnsembleCatalog
{
    /// <summary>Makes one transformer of several trained classifiers: it averages their probabilities.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="models">The classifiers, or chains that hold one each, whose other transforms are left out: prepare the data once for all. The ensemble disposes them.</param>
    /// <exception cref="ArgumentException">There is no model, one is not a multiclass classifier of this library, or their classes differ.</exception>
    public static FlipRegEnsembleTransformer Ensemble(this MulticlassClassificationCatalog catalog, params IEnumerable<ITransformer> models)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(models);
        return new FlipRegEnsembleTransformer(models.Select(model => InitialModels.Classifier(model) as FlipRegPredictionTransformer
            ?? throw new ArgumentException($"The models of an ensemble must be multiclass classifiers. Got {model.GetType().Name} with a binary one. Train on a key label.", nameof(models))));
    }

    /// <summary>
    /// Trains one network through cycles of the learning rate, from its start by half a cosine to 0 and again, and averages the probabilities of the networks at the cycles' ends (Huang et al.,
    /// ICLR 2017; Table III of the OLS paper).
    /// </summary>
    /// <remarks>
    /// The options' epochs are those of all cycles together, divided equally, rounded down. Each cycle starts from the weights before it; optimizer, momentum and the method's own state start anew,
    /// and epochs are reported from 1 in each. With CheckpointDirectory each cycle has a folder in it.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The method's options; copied. The schedule must be Cosine, the default.</param>
    /// <param name="cycles">Cycles, and models to average; 1 to Epochs and at most 1,000.</param>
    /// <param name="validationData">Rows scored after each epoch, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option, or <paramref name="cycles"/>, is out of its range.</exception>
    public static SnapshotEnsembleTrainer<TOptions> SnapshotEnsemble<TOptions>(this MulticlassClassificationCatalog catalog, TOptions options, int cycles, IDataView? validationData = null)
        where TOptions : TrainingOptions => new(HostAccess.Environment(catalog), options, cycles, validationData);
}
