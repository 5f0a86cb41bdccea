using Microsoft.Extensions.ObjectPool;
using Microsoft.ML;
using Microsoft.ML.Data;
using static System.FormattableString;

namespace Serving;

/// <summary>
/// A loaded model that any number of requests use at once. The transformer is shared; a prediction engine holds the row it works on, so each
/// prediction borrows one from a pool (what PredictionEnginePool of Microsoft.Extensions.ML does).
/// </summary>
internal sealed class ServedModel : IDisposable
{
    private readonly MLContext _ml = new();
    private readonly ITransformer _transformer;
    private readonly SchemaDefinition _rowSchema;
    private readonly ObjectPool<PredictionEngine<Row, Prediction>> _engines;

    /// <summary>Loads a model whose input is one column Features, as long as the model says.</summary>
    /// <exception cref="FileNotFoundException">There is no file.</exception>
    /// <exception cref="FormatException">The file is no model, or one with other columns.</exception>
    public ServedModel(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"Serving:ModelPath must name a model file. There is no file '{path}'. Set the path, or train a model with --train.");
        _transformer = _ml.Model.LoadFile(path, out var schema);
        try
        {
            if (schema?.GetColumnOrNull("Features")?.Type is not VectorDataViewType { IsKnownSize: true, ItemType: NumberDataViewType { RawType: var type } } features || type != typeof(float))
                throw new FormatException($"The model '{path}' must have an input column 'Features', a vector of Single of known size. Got {(schema is null ? "no schema" : string.Join(", ", schema))}. Save it with the schema of such data.");
            FeatureCount = features.Size;
            _rowSchema = Row.Schema(FeatureCount);
            Classes = ClassNames(_transformer.GetOutputSchema(_ml.Data.LoadFromEnumerable(Array.Empty<Row>(), _rowSchema).Schema));
            _engines = new DefaultObjectPoolProvider { MaximumRetained = 2 * Environment.ProcessorCount }.Create(new EnginePolicy(this));
            // The first prediction compiles; no request has to wait for it.
            Predict(new float[FeatureCount]);
        }
        catch
        {
            (_transformer as IDisposable)?.Dispose();
            throw;
        }
    }

    /// <summary>Values of a row.</summary>
    public int FeatureCount { get; }

    /// <summary>The classes, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Predicts one row.</summary>
    public Prediction Predict(float[] features)
    {
        var engine = _engines.Get();
        try
        {
            return engine.Predict(new Row { Features = features });
        }
        finally
        {
            _engines.Return(engine);
        }
    }

    /// <summary>Predicts several rows, in their order; the network scores them together.</summary>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public List<Prediction> PredictBatch(IReadOnlyList<float[]> rows, CancellationToken cancellation)
    {
        var view = _ml.Data.LoadFromEnumerable(rows.Select(features => new Row { Features = features }), _rowSchema);
        var predictions = new List<Prediction>(rows.Count);
        foreach (var prediction in _ml.Data.CreateEnumerable<Prediction>(_transformer.Transform(view), reuseRowObject: false))
        {
            cancellation.ThrowIfCancellationRequested();
            predictions.Add(prediction);
        }

        return predictions;
    }

    public void Dispose()
    {
        (_engines as IDisposable)?.Dispose();
        (_transformer as IDisposable)?.Dispose();
    }

    private static string[] ClassNames(DataViewSchema output)
    {
        if (output.GetColumnOrNull("Score") is not { Type: VectorDataViewType { IsKnownSize: true } scores } score || output.GetColumnOrNull("PredictedLabel")?.Type is not TextDataViewType)
            throw new FormatException("The model must give a vector Score and a text PredictedLabel. Append Conversion.MapKeyToValue(\"PredictedLabel\") to the trainer.");
        if (!score.HasSlotNames())
            return [.. Enumerable.Range(0, scores.Size).Select(i => Invariant($"{i}"))];
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private sealed class EnginePolicy(ServedModel model) : PooledObjectPolicy<PredictionEngine<Row, Prediction>>
    {
        // The engine must not own the transformer: disposing it would take the model from all others.
        public override PredictionEngine<Row, Prediction> Create() =>
            model._ml.Model.CreatePredictionEngine<Row, Prediction>(model._transformer, new PredictionEngineOptions { InputSchemaDefinition = model._rowSchema, OwnsTransformer = false });

        public override bool Return(PredictionEngine<Row, Prediction> engine) => true;
    }
}

/// <summary>What the model reads.</summary>
internal sealed class Row
{
    public float[] Features { get; set; } = [];

    /// <summary>The columns for rows of a number of values.</summary>
    public static SchemaDefinition Schema(int width)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, width);
        return schema;
    }
}

/// <summary>What the model says of a row.</summary>
internal sealed class Prediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}
