using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Scoring;

namespace FlipReg;

/// <summary>
/// A trained classifier as a transformer. It adds two columns: PredictedLabel, a key with the label's values, and Score, a vector of one
/// probability per class (softmax of the logits), in the order of the keys.
/// </summary>
/// <remarks>
/// Rows are scored in batches while the result is read; memory does not grow with the number of rows. A feature that is not a number
/// gives scores that are not numbers and a missing PredictedLabel. Several threads may score at once.
/// <para>
/// Batches are scored on the GPU that the context named when the model was trained or loaded (<c>MLContext.GpuDeviceId</c>), else on the CPU,
/// wherever the model was trained; the scores differ in the last digits. Rows one by one (prediction engines) are scored on the CPU. Where the GPU is
/// absent, scoring is an error, or a warning with <c>MLContext.FallbackToCpu</c>.
/// </para>
/// Disposing it frees the network's native memory; chains and prediction engines dispose the transformers they own.
/// </remarks>
public sealed partial class FlipRegPredictionTransformer : ISingleFeaturePredictionTransformer<FlipRegModelParameters>, IDisposable
{
    internal FlipRegPredictionTransformer(FlipRegModelParameters model, ScoringDevice device) => (Model, Device) = (model, device);

    /// <summary>The trained model.</summary>
    public FlipRegModelParameters Model { get; }

    internal ScoringDevice Device { get; }

    /// <summary>Name of the column the scores are computed from.</summary>
    public string FeatureColumnName => Model.FeatureColumnName;

    /// <summary>Type of that column: a vector of Single.</summary>
    public DataViewType FeatureColumnType => new VectorDataViewType(NumberDataViewType.Single, Model.FeatureCount);

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

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new ScoringMapper(new ScoreSchema(inputSchema, Model), Model.Scores.Open());
    }

    /// <summary>Frees the network, once the calls that are scoring right now are done.</summary>
    public void Dispose() => Model.Scores.Dispose();
}

/// <summary>A class and a row's score for it.</summary>
/// <param name="Class">The class's name as text, in the invariant culture; its key's number, from 1, where the label's keys had no values.</param>
/// <param name="Score">The class's probability; 0 to 1.</param>
public sealed record ClassScore(string Class, float Score);
