using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Ensembles;
using MLNet.FlipReg.Scoring;
using static System.FormattableString;

namespace FlipReg;

/// <summary>
/// Several classifiers as one: Score is the mean of their probabilities, PredictedLabel its largest. They may have other networks, encodings, methods and feature columns, but the same
/// classes in the same order. It saves, loads and exports to one ONNX graph.
/// </summary>
/// <remarks>Disposing it frees the networks of the classifiers that it consists of.</remarks>
public sealed partial class FlipRegEnsembleTransformer : ITransformer, IDisposable
{
    /// <summary>Models at most.</summary>
    internal const int MaximumModels = 1000;

    /// <exception cref="ArgumentException">There is none, or their classes differ.</exception>
    internal FlipRegEnsembleTransformer(IEnumerable<FlipRegPredictionTransformer> models)
    {
        Models = [.. models];
        if (Models.Count is < 1 or > MaximumModels)
            throw new ArgumentException(Invariant($"An ensemble must have at least 1 and at most {MaximumModels} models. Got {Models.Count}. Pass the models to average."), nameof(models));
        var first = Models[0].Model;
        for (var i = 0; i < Models.Count; i++)
        {
            var model = Models[i].Model;
            if (model.ClassCount != first.ClassCount || !Equals(model.Names, first.Names))
                throw new ArgumentException(Invariant($"The models of an ensemble must have the same classes in the same order. Got {Classes(first)} in the first and {Classes(model)} in model {i + 1}. Fit MapValueToKey once, and train all on its output."), nameof(models));
            if (ScoreKind.Multiclass.Columns.Contains(model.FeatureColumnName))
                throw new ArgumentException(Invariant($"The models of an ensemble must not read a column that they make. Got '{model.FeatureColumnName}' as the features of model {i + 1}. Give the features another name."), nameof(models));
        }
    }

    /// <summary>The classifiers.</summary>
    public IReadOnlyList<FlipRegPredictionTransformer> Models { get; }

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The schema of scored data, for a schema of data to score.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A feature column is missing, of another type or of another size than in training.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (var model in Models)
            model.GetOutputSchema(inputSchema);
        return Models[0].GetOutputSchema(inputSchema);
    }

    /// <summary>The data with the mean scores, which are computed when they are read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A feature column is missing, of another type or of another size than in training.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new EnsembleView(this, input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new EnsembleMapper(this, inputSchema);
    }

    /// <summary>Frees the networks, once the calls that are scoring right now are done.</summary>
    public void Dispose()
    {
        foreach (var model in Models)
            model.Dispose();
    }

    private static string Classes(FlipRegModelParameters model) => model.ClassNames is { } names
        ? string.Join(", ", names.Take(20).Select(name => $"'{name}'")) + (names.Count > 20 ? ", …" : "")
        : Invariant($"{model.ClassCount} without names");
}
