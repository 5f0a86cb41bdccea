using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class NormalizingEstimator : IEstimator<NormalizingTransformer>
{
    private readonly IHost _host;
    private readonly ColumnOptions[] _columns;

    internal NormalizingEstimator(IHostEnvironment env, params ColumnOptions[] columns)
    {
        _host = env.Register(nameof(NormalizingEstimator));
        Contracts.CheckValue(columns, nameof(columns));
        _columns = columns;
    }

    public NormalizingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var sources = Array.ConvertAll(_columns, c => input.Schema.Find(c.Input, paramName: "data"));
        using var cursor = input.GetRowCursor(sources.DistinctBy(s => s.Index));
        var trainers = sources.Select((source, i) => NormalizerTrainer.Create(_columns[i], source, cursor)).ToArray();
        while (cursor.MoveNext())
        {
            var anyWantsMore = false;
            foreach (var trainer in trainers)
                anyWantsMore |= trainer.AddRow();
            if (!anyWantsMore)
                break;
        }
        return new NormalizingTransformer(_host, Array.ConvertAll(_columns, c => (c.Output, c.Input)), Array.ConvertAll(trainers, t => t.Finish()));
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        => inputSchema.MapColumns(_columns.Select(c => (c.Output, c.Input)), (source, i) =>
        {
            if (source.Kind == SchemaShape.Column.VectorKind.VariableVector)
                throw Mismatch(source, "known-size vector or scalar");
            if (source.IsKey || (source.ItemType != NumberDataViewType.Single && source.ItemType != NumberDataViewType.Double))
                throw Mismatch(source, "vector or scalar of Single or Double");
            var annotations = source.KeepAnnotations(AnnotationUtils.Kinds.SlotNames).Prepend(AnnotationUtils.IsNormalizedShape);
            return new SchemaShape.Column(source.Name, source.Kind, source.ItemType, false, new SchemaShape(annotations));
        });

    private static ArgumentOutOfRangeException Mismatch(SchemaShape.Column source, string expected)
        => Contracts.ExceptSchemaMismatch("inputSchema", "input", source.Name, expected, source.GetTypeString());

    internal sealed record ColumnOptions
    {
        public ColumnOptions(string name, string inputColumnName, long maximumExampleCount, bool fixZero)
        {
            Contracts.CheckNonEmpty(name, nameof(name));
            Contracts.CheckParam(maximumExampleCount > 1, nameof(maximumExampleCount), "Must be greater than 1");
            Output = name;
            Input = inputColumnName ?? name;
            MaximumExampleCount = maximumExampleCount;
            FixZero = fixZero;
        }

        public string Output { get; }

        public string Input { get; }

        public long MaximumExampleCount { get; }

        public bool FixZero { get; }

        /// <summary>By mean and variance; else by smallest and largest value.</summary>
        public bool UseMeanVariance { get; init; }

        public bool UseCdf { get; init; }
    }
}

/// <summary>Feeds the rows of a cursor into the statistics of one column, up to its limit.</summary>
internal abstract class NormalizerTrainer
{
    public static NormalizerTrainer Create(NormalizingEstimator.ColumnOptions options, DataViewSchema.Column source, DataViewRow row)
    {
        var itemType = source.Type.ItemTypeOf();
        Contracts.CheckParam(source.Type is not VectorDataViewType { IsKnownSize: false }
                && (itemType == NumberDataViewType.Single || itemType == NumberDataViewType.Double),
            "srcType", $"Wrong column type for input column. Expected: Single, Double, Vector of Single or Vector of Double. Got: {source.Type}.");
        return itemType == NumberDataViewType.Single
            ? new NormalizerTrainer<float>(options, source, row)
            : new NormalizerTrainer<double>(options, source, row);
    }

    /// <summary>Takes the row the cursor is at; false once no more rows are wanted.</summary>
    public abstract bool AddRow();

    public abstract ColumnNormalizer Finish();
}

internal sealed class NormalizerTrainer<T> : NormalizerTrainer
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly NormalizingEstimator.ColumnOptions _options;
    private readonly DataViewType _type;
    private readonly int _size;
    private readonly NormalizerStatistics<T> _statistics;
    private readonly ValueGetter<VBuffer<T>> _getter;
    private VBuffer<T> _buffer;
    private long _remaining;

    public NormalizerTrainer(NormalizingEstimator.ColumnOptions options, DataViewSchema.Column source, DataViewRow row)
    {
        _options = options;
        _type = source.Type;
        _size = _type.ValueCount();
        _remaining = options.MaximumExampleCount;
        _statistics = options.UseMeanVariance ? new MeanVarianceStatistics<T>(_size) : new MinMaxStatistics<T>(_size);
        _getter = SlotMapping.AsVector<T>(row, source);
    }

    public override bool AddRow()
    {
        if (_remaining == 0)
            return false;
        _remaining--;
        _getter(ref _buffer);
        Contracts.Check(_buffer.Length == _size, $"Normalizer expected {_size} slots but got {_buffer.Length}");
        _statistics.Add(_buffer);
        return true;
    }

    public override ColumnNormalizer Finish() => _statistics.Finish(_type, _options.FixZero, _options.UseCdf);
}
