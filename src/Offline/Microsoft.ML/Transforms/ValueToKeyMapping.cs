using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Microsoft.ML.Transforms;

public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    private readonly IHost _host;
    private readonly ColumnOptions[] _columns;
    private readonly IDataView _keyData;

    internal ValueToKeyMappingEstimator(IHostEnvironment env, ColumnOptions[] columns, IDataView keyData = null)
    {
        _host = env.Register(nameof(ValueToKeyMappingEstimator));
        Contracts.CheckNonEmpty(columns, nameof(columns));
        Contracts.CheckParam(keyData is null || keyData.Schema.Count == 1, nameof(keyData), "If specified, this data view should contain only "
            + $"a single column containing the terms to map, but this had {keyData?.Schema.Count} columns.");
        _columns = columns;
        _keyData = keyData;
    }

    public enum KeyOrdinality : byte
    {
        ByOccurrence = 0,
        ByValue = 1,
    }

    public ValueToKeyMappingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new ValueToKeyMappingTransformer(_host, input, _columns, _keyData);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        => inputSchema.MapColumns(_columns.Select(c => (c.Output, c.Input)), (source, i) =>
        {
            if (!source.IsKey || !source.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var values) || values.Kind != VectorKind.Vector)
            {
                values = new SchemaShape.Column(AnnotationUtils.Kinds.KeyValues, VectorKind.Vector,
                    _columns[i].AddKeyValueAnnotationsAsText ? TextDataViewType.Instance : source.ItemType,
                    source.IsKey && !_columns[i].AddKeyValueAnnotationsAsText);
            }
            var annotations = source.KeepAnnotations(AnnotationUtils.Kinds.SlotNames).Append(values);
            return new SchemaShape.Column(source.Name, source.Kind, NumberDataViewType.UInt32, true, new SchemaShape(annotations));
        });

    internal sealed record ColumnOptions
    {
        public ColumnOptions(string outputColumnName, string inputColumnName, int maximumNumberOfKeys, KeyOrdinality keyOrdinality,
            bool addKeyValueAnnotationsAsText)
        {
            Contracts.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
            Output = outputColumnName;
            Input = inputColumnName ?? outputColumnName;
            MaximumNumberOfKeys = maximumNumberOfKeys;
            KeyOrdinality = keyOrdinality;
            AddKeyValueAnnotationsAsText = addKeyValueAnnotationsAsText;
        }

        public string Output { get; }

        public string Input { get; }

        public int MaximumNumberOfKeys { get; }

        public KeyOrdinality KeyOrdinality { get; }

        public bool AddKeyValueAnnotationsAsText { get; }
    }
}

public sealed class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    private readonly TermMap[] _maps;
    private readonly bool[] _namesAsText;

    internal ValueToKeyMappingTransformer(IHostEnvironment env, IDataView input, ValueToKeyMappingEstimator.ColumnOptions[] columns, IDataView keyData)
        : base(env.Register("Term"), Array.ConvertAll(columns, c => (c.Output, c.Input)))
    {
        var sources = Array.ConvertAll(columns, c => input.Schema.Find(c.Input));
        _namesAsText = Array.ConvertAll(columns, c => c.AddKeyValueAnnotationsAsText);
        _maps = Array.ConvertAll(sources, source => TermMap.Create((PrimitiveDataViewType)source.Type.ItemTypeOf()));
        if (keyData is null)
            Collect(input, sources, columns);
        else
            Collect(keyData);
        for (var i = 0; i < columns.Length; i++)
        {
            if (columns[i].KeyOrdinality == ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
                _maps[i].Sort();
        }
    }

    internal ValueToKeyMappingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env.Register("Term"), ctx)
    {
        _maps = new TermMap[Columns.Length];
        _namesAsText = new bool[Columns.Length];
        for (var i = 0; i < Columns.Length; i++)
        {
            _namesAsText[i] = ctx.Reader.ReadBoolean();
            _maps[i] = TermMap.Create(ValueFile.ReadType(ctx.Reader) as PrimitiveDataViewType ?? throw Contracts.ExceptDecode());
            _maps[i].LoadTerms(ctx.Reader);
        }
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        base.SaveModel(ctx);
        for (var i = 0; i < Columns.Length; i++)
        {
            ctx.Writer.Write(_namesAsText[i]);
            ValueFile.WriteType(ctx.Writer, _maps[i].ItemType);
            _maps[i].SaveTerms(ctx.Writer);
        }
    }

    private protected override MappedColumn Map(DataViewSchema.Column source, int index)
    {
        var map = _maps[index];
        Contracts.Check(source.Type.ItemTypeOf().Equals(map.ItemType),
            $"Could not apply a map over type '{map.ItemType}' to column '{Columns[index].Output}' since it has type '{source.Type.ItemTypeOf()}'");
        var annotations = new DataViewSchema.Annotations.Builder();
        map.AddKeyValues(annotations, source, _namesAsText[index]);
        annotations.Add(source.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        return new MappedColumn(source.Type.WithItemType(map.KeyType), annotations.ToAnnotations(), map.MakeGetter);
    }

    private void Collect(IDataView input, DataViewSchema.Column[] sources, ValueToKeyMappingEstimator.ColumnOptions[] columns)
    {
        foreach (var column in columns)
            Contracts.CheckParam(column.MaximumNumberOfKeys > 0, "MaxNumTerms", "Must be positive");
        using var cursor = input.GetRowCursor(sources.DistinctBy(s => s.Index));
        var collectors = sources.Select((source, i) => _maps[i].MakeCollector(cursor, source, columns[i].MaximumNumberOfKeys)).ToList();
        while (collectors.Count > 0 && cursor.MoveNext())
            collectors.RemoveAll(collect => !collect());
        Warn(columns);
    }

    private void Collect(IDataView keyData)
    {
        var column = keyData.Schema[0];
        foreach (var map in _maps)
        {
            Contracts.CheckParam(column.Type.Equals(map.ItemType), nameof(keyData),
                $"Input data's column must be of type '{map.ItemType}' but was '{column.Type}'");
            using var cursor = keyData.GetRowCursor([column]);
            var collect = map.MakeCollector(cursor, column, int.MaxValue);
            while (cursor.MoveNext())
                collect();
        }
    }

    private void Warn(ValueToKeyMappingEstimator.ColumnOptions[] columns)
    {
        using var channel = Host.Start("Training");
        for (var i = 0; i < columns.Length; i++)
        {
            if (_maps[i].Count == 0)
                channel.Warning($"Term map for output column '{columns[i].Output}' contains no entries.");
        }
    }
}
