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
/// gives scores that are not numbers and a missing PredictedLabel. Scoring always runs on the CPU, and several threads may score at once.
/// Disposing it frees the network's native memory; chains and prediction engines dispose the transformers they own.
/// </remarks>
public sealed partial class FlipRegPredictionTransformer : ISingleFeaturePredictionTransformer<FlipRegModelParameters>, IDisposable
{
    internal FlipRegPredictionTransformer(FlipRegModelParameters model) => Model = model;

    /// <summary>The trained model.</summary>
    public FlipRegModelParameters Model { get; }

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

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new ScoringMapper(new ScoreSchema(inputSchema, Model), Model.Scores.Open());
    }

    /// <summary>Frees the network, once the calls that are scoring right now are done.</summary>
    public void Dispose() => Model.Scores.Dispose();
}
