using System.Globalization;
using FlipReg.Training;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Explaining;
using MLNet.FlipReg.Images;
using MLNet.FlipReg.Reporting;
using MLNet.FlipReg.Scoring;

namespace FlipReg;

/// <summary>A trained classifier of any kind as a transformer: what <see cref="FlipRegPredictionTransformer"/> and <see cref="FlipRegBinaryPredictionTransformer"/> share.</summary>
/// <remarks>
/// Rows are scored in batches while the result is read; memory does not grow with the number of rows. Several threads may score at once.
/// <para>
/// Batches are scored on the GPU that the context named when the model was trained or loaded (<c>MLContext.GpuDeviceId</c>), else on the CPU,
/// wherever the model was trained; the scores differ in the last digits. Rows one by one (prediction engines) are scored on the CPU. Where the GPU is
/// absent, scoring is an error, or a warning with <c>MLContext.FallbackToCpu</c>.
/// </para>
/// Disposing it frees the network's native memory; chains and prediction engines dispose the transformers they own.
/// </remarks>
public abstract partial class FlipRegPredictionTransformerBase : ITransformer, IDisposable
{
    private protected FlipRegPredictionTransformerBase(ScoringDevice device) => Device = device;

    /// <summary>The trained model.</summary>
    public abstract FlipRegModelParameters Model { get; }

    internal ScoringDevice Device { get; }

    /// <summary>Name of the column the scores are computed from.</summary>
    /// <exception cref="InvalidOperationException">They are computed from several columns: <see cref="FeatureColumnNames"/>.</exception>
    public string FeatureColumnName => Model.FeatureColumnName;

    /// <summary>Names of the columns the scores are computed from, in the order of their values in a row: numbers first, then categories.</summary>
    public IReadOnlyList<string> FeatureColumnNames => Model.FeatureColumnNames;

    /// <summary>Type of the one feature column: a vector of Single, or, of a model that reads images, what it was in training; of several columns, that of their values put into one.</summary>
    public DataViewType FeatureColumnType => Model.ImageInput is { } images ? ImageColumnKinds.TypeOf(images.Kind, images.Options.Shape) : new VectorDataViewType(NumberDataViewType.Single, Model.FeatureCount);

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The schema of scored data, for a schema of data to score.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing, of another type or of another size than in training.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new ScoreSchema(inputSchema, Model).Output;
    }

    /// <summary>The data with its scores, which are computed when they are read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing, of another type or of another size than in training.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoringView(this, input);
    }

    /// <summary>
    /// The data with what each feature contributes to a row's score, by integrated gradients (Sundararajan, Taly and Yan, "Axiomatic Attribution for
    /// Deep Networks", ICML 2017) on the network itself. It is computed when it is read, batch by batch, in memory that does not grow with the rows.
    /// </summary>
    /// <remarks>
    /// What is explained is the logit (score before softmax) of one class, less that logit at a baseline. Columns behind the data's own:
    /// <list type="bullet">
    /// <item>ExplainedClass: that class, a key with the label's values.</item>
    /// <item>ScoreDifference: Single; its annotation Baseline says what the baseline is.</item>
    /// <item>FeatureContributions: a vector of Single with one value per slot of the feature column, and that column's SlotNames; of several columns one per value and per key, named after them. A value above 0 speaks
    /// for the class. The values sum to ScoreDifference.</item>
    /// <item>ContributionError: Single; |sum − ScoreDifference| / |ScoreDifference|, at most <see cref="ExplainOptions.Tolerance"/> unless the
    /// difference is so small beside its contributions that rounding shows.</item>
    /// </list>
    /// A row whose logits are not numbers gets values that are not numbers and a missing ExplainedClass. Where batches of scores are computed on a GPU,
    /// so are explanations. Several threads may read at once.
    /// </remarks>
    /// <param name="data">The data to explain, with the feature column as for scoring; its other columns, the scores among them, stay.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option breaks its rule, or the feature column is missing, of another type or of another size than in training.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IDataView Explain(IDataView data, ExplainOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new ExplanationView(this, data, options ?? new ExplainOptions());
    }

    /// <summary>
    /// How the training went, and what the model does on data whose labels are known: objects, CSV, and one HTML page with curves, the confusion matrix and the
    /// rows that have the highest loss for their label, in which wrong labels stand first.
    /// </summary>
    /// <param name="data">Rows with label and feature columns, as for training; read once, and once more for images. Null: the epochs alone.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option breaks its rule, or a column is missing, of another type, or has other classes than the model.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public TrainingReport TrainingReport(IDataView? data = null, TrainingReportOptions? options = null)
    {
        options ??= new TrainingReportOptions();
        if (OptionRules.ErrorsOf(options).FirstOrDefault() is { } error)
            throw new ArgumentOutOfRangeException(error.Name, error.ToString());
        return new TrainingReport(options.Title ?? Model.MethodName, Model, data is null ? null : new RowsReader(this, data, options).Read());
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new ScoringMapper(new ScoreSchema(inputSchema, Model), Model.Scores.Open());
    }

    /// <summary>Frees the network, once the calls that are scoring right now are done.</summary>
    public void Dispose() => Model.Scores.Dispose();
}

/// <summary>
/// A trained classifier as a transformer. It adds two columns: PredictedLabel, a key with the label's values, and Score, a vector of one
/// probability per class (softmax of the logits), in the order of the keys.
/// </summary>
/// <remarks>
/// A feature that is not a number gives scores that are not numbers and a missing PredictedLabel.
/// <inheritdoc cref="FlipRegPredictionTransformerBase" path="/remarks/node()"/>
/// </remarks>
public sealed partial class FlipRegPredictionTransformer : FlipRegPredictionTransformerBase, ISingleFeaturePredictionTransformer<FlipRegModelParameters>
{
    internal FlipRegPredictionTransformer(FlipRegModelParameters model, ScoringDevice device)
        : base(device) => Model = model;

    /// <inheritdoc/>
    public override FlipRegModelParameters Model { get; }

    /// <summary>A scored row's classes with their scores, the highest score first.</summary>
    /// <param name="scores">The row's Score: one value per class, in the order of the label's keys.</param>
    /// <exception cref="ArgumentException">There is not one score per class.</exception>
    public IReadOnlyList<ClassScore> ClassScores(ReadOnlySpan<float> scores)
    {
        if (scores.Length != Model.ClassCount)
            throw new ArgumentException(FormattableString.Invariant($"Scores must hold one value for each of the {Model.ClassCount} classes. Got {scores.Length}. Pass the Score column of one row that this model scored."), nameof(scores));
        var pairs = new ClassScore[scores.Length];
        for (var i = 0; i < pairs.Length; i++)
            pairs[i] = new ClassScore(Model.ClassNames?[i] ?? (i + 1).ToString(CultureInfo.InvariantCulture), scores[i]);
        // Stable: equal scores stay in the order of the keys. Scores that are not numbers come last.
        return [.. pairs.OrderByDescending(pair => pair.Score)];
    }
}

/// <summary>A class and a row's score for it.</summary>
/// <param name="Class">The class's name as text, in the invariant culture; its key's number, from 1, where the label's keys had no values.</param>
/// <param name="Score">The class's probability; 0 to 1.</param>
public sealed record ClassScore(string Class, float Score);
