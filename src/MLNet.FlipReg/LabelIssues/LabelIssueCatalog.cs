using FlipReg;
using FlipReg.Runtime;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.LabelIssues;

namespace Microsoft.ML;

/// <summary>Adds the search for wrong labels to <c>mlContext.MulticlassClassification</c>.</summary>
public static class LabelIssueCatalog
{
    /// <summary>
    /// Ranks rows by how likely their labels are wrong, from what one training saw of them: the mean of δ = p[label] − the largest other p over the epochs, whether a row was ever right,
    /// what was forgotten, and what the method remembers of it (FER's bank). Costs nothing beyond the training, which needs <see cref="TrainingOptions.TrackRows"/>.
    /// </summary>
    /// <remarks>After the mean margin of Pleiss et al., NeurIPS 2020. A row is an issue where the mean is below 0. Trainers against wrong labels, such as FerElr, are the ones to use: others believe them in the end.</remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The data that the model was trained on: the same rows in the same order. Rows without a label are passed over.</param>
    /// <param name="model">The model, as its Fit gave it.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">The model was trained without TrackRows, or was loaded; or the data are others.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or a column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    public static LabelIssueReport FindLabelIssues(this MulticlassClassificationCatalog catalog, IDataView data, FlipRegPredictionTransformer model, LabelIssueOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(model);
        var environment = HostAccess.Environment(catalog);
        var checkedOptions = (options ?? new LabelIssueOptions()).Checked();
        if (model.Model.TrackedRows is not { } tracked)
            throw new ArgumentException("The model must have been trained here with TrackRows = true. Got one that knows nothing of its rows: trained without it, or loaded. Set TrackRows in the trainer's options, or pass the trainer itself, which cross-validates.", nameof(model));
        return IssueFinder.FromTraining(environment, IssueRows.Read(data, checkedOptions, IssueFinder.WeightColumn(model.Model)), tracked);
    }

    /// <summary>
    /// Ranks rows by how likely their labels are wrong, by confident learning (Northcutt, Jiang and Chuang, JAIR 2021) on the probabilities of models that were not trained on them: k-fold
    /// cross-validation of any multiclass trainer, or of a chain of transforms that ends in one.
    /// </summary>
    /// <remarks>
    /// Every class is spread over the folds; the only row of a class is trained on and not judged. An issue is what is pruned by noise rate. The trainer's seed, or the context's, decides about
    /// the models.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The data. It must give its rows in the same order each time. Rows without a label are passed over.</param>
    /// <param name="trainer">The trainer; fitted once for each fold.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or a column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">No row has a label, or the scores are not probabilities of the label's classes.</exception>
    public static LabelIssueReport FindLabelIssues(this MulticlassClassificationCatalog catalog, IDataView data, IEstimator<ITransformer> trainer, LabelIssueOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(trainer);
        var environment = HostAccess.Environment(catalog);
        var checkedOptions = (options ?? new LabelIssueOptions()).Checked();
        var rows = IssueRows.Read(data, checkedOptions, weightColumn: null);
        var stream = Seeds.Stream(checkedOptions.Seed ?? HostAccess.Seed(environment) ?? Random.Shared.Next(), 1UL << 51);
        using var channel = environment.Start("Label issues");
        var scores = OutOfFoldScores.Of(data, trainer, rows.Labels, checkedOptions, stream, line => channel.Info(MessageSensitivity.None, line));
        return IssueFinder.FromProbabilities(environment, rows, scores, checkedOptions.Folds);
    }
}
