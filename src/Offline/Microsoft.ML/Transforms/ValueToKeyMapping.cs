using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Microsoft.ML.Transforms;

public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly (string Output, string Input)[] _columns;
    private readonly int _maximumNumberOfKeys;
    private readonly KeyOrdinality _keyOrdinality;
    private readonly bool _namesAsText;
    private readonly IDataView _keyData;

    internal ValueToKeyMappingEstimator(IHostEnvironment env, (string Output, string Input)[] columns, int maximumNumberOfKeys,
        KeyOrdinality keyOrdinality, bool addKeyValueAnnotationsAsText, IDataView keyData)
    {
        Contracts.CheckNonEmpty(columns, nameof(columns));
        foreach (var (outputColumnName, _) in columns)
            Contracts.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
        Contracts.CheckParam(keyData is null || keyData.Schema.Count == 1, nameof(keyData), "If specified, this data view should contain only "
            + $"a single column containing the terms to map, but this had {keyData?.Schema.Count} columns.");
        _env = env;
        _columns = Array.ConvertAll(columns, pair => (pair.Output, pair.Input ?? pair.Output));
        (_maximumNumberOfKeys, _keyOrdinality, _namesAsText, _keyData) = (maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText, keyData);
    }

    public enum KeyOrdinality : byte
    {
        ByOccurrence = 0,
        ByValue = 1,
    }

    public ValueToKeyMappingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var sources = Array.ConvertAll(_columns, pair => input.Schema.Find(pair.Input));
        var maps = Array.ConvertAll(sources, source => TermMap.Create((PrimitiveDataViewType)source.Type.ItemTypeOf()));
        if (_keyData is null)
            Collect(input, sources, maps);
        else
            CollectKeyData(maps);
        if (_keyOrdinality == KeyOrdinality.ByValue)
            Array.ForEach(maps, map => map.Sort());
        return new ValueToKeyMappingTransformer(_env, maps, _namesAsText, _columns);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.MapColumns(_columns, source =>
    {
        if (!source.IsKey || !source.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var values) || values.Kind != VectorKind.Vector)
        {
            values = new SchemaShape.Column(AnnotationUtils.Kinds.KeyValues, VectorKind.Vector,
                _namesAsText ? TextDataViewType.Instance : source.ItemType, source.IsKey && !_namesAsText);
        }
        return new SchemaShape.Column(source.Name, source.Kind, NumberDataViewType.UInt32, true,
            source.KeepAnnotations(AnnotationUtils.Kinds.SlotNames).With(values));
    });

    private void Collect(IDataView input, DataViewSchema.Column[] sources, TermMap[] maps)
    {
        Contracts.CheckParam(_maximumNumberOfKeys > 0, "MaxNumTerms", "Must be positive");
        using var channel = _env.Start("Training");
        using var cursor = input.GetRowCursor(sources.DistinctBy(s => s.Index));
        var collectors = sources.Select((source, i) => maps[i].MakeCollector(cursor, source, _maximumNumberOfKeys)).ToList();
        while (collectors.Count > 0 && cursor.MoveNext())
            collectors.RemoveAll(collect => !collect());
        for (var i = 0; i < maps.Length; i++)
        {
            if (maps[i].Count == 0)
                channel.Warning($"Term map for output column '{_columns[i].Output}' contains no entries.");
        }
    }

    private void CollectKeyData(TermMap[] maps)
    {
        var column = _keyData.Schema[0];
        foreach (var map in maps)
        {
            Contracts.CheckParam(column.Type.Equals(map.ItemType), "keyData", $"Input data's column must be of type '{map.ItemType}' but was '{column.Type}'");
            using var cursor = _keyData.GetRowCursor([column]);
            var collect = map.MakeCollector(cursor, column, int.MaxValue);
            while (cursor.MoveNext())
                collect();
        }
    }
}

public sealed class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    private readonly TermMap[] _maps;
    private readonly bool _namesAsText;

    internal ValueToKeyMappingTransformer(IHostEnvironment env, TermMap[] maps, bool namesAsText, params (string Output, string Input)[] columns)
        : base(env, columns) => (_maps, _namesAsText) = (maps, namesAsText);

    internal ValueToKeyMappingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, ctx)
    {
        _namesAsText = ctx.Reader.ReadBoolean();
        _maps = Array.ConvertAll(Columns, _ => TermMap.Load(ctx.Reader));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        base.SaveModel(ctx);
        ctx.Writer.Write(_namesAsText);
        foreach (var map in _maps)
            map.Save(ctx.Writer);
    }

    private protected override MappedColumn Map(DataViewSchema.Column source, int index)
    {
        var map = _maps[index];
        var itemType = source.Type.ItemTypeOf();
        Contracts.Check(itemType.Equals(map.ItemType),
            $"Could not apply a map over type '{map.ItemType}' to column '{Columns[index].Output}' since it has type '{itemType}'");
        var annotations = new DataViewSchema.Annotations.Builder();
        map.AddKeyValues(annotations, source, _namesAsText);
        annotations.Add(source.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        return new MappedColumn(source.Type.WithItemType(map.KeyType), annotations.ToAnnotations(), map.MakeGetter);
    }
}
