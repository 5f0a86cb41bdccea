using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Microsoft.ML.Transforms;

public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly string _output;
    private readonly string _input;
    private readonly int _maximumNumberOfKeys;
    private readonly KeyOrdinality _keyOrdinality;
    private readonly bool _namesAsText;
    private readonly IDataView _keyData;

    internal ValueToKeyMappingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, int maximumNumberOfKeys,
        KeyOrdinality keyOrdinality, bool addKeyValueAnnotationsAsText, IDataView keyData)
    {
        Contracts.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
        Contracts.CheckParam(keyData is null || keyData.Schema.Count == 1, nameof(keyData), "If specified, this data view should contain only "
            + $"a single column containing the terms to map, but this had {keyData?.Schema.Count} columns.");
        _env = env;
        (_output, _input) = (outputColumnName, inputColumnName ?? outputColumnName);
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
        var source = input.Schema.Find(_input);
        var map = TermMap.Create((PrimitiveDataViewType)source.Type.ItemTypeOf());
        if (_keyData is null)
        {
            Contracts.CheckParam(_maximumNumberOfKeys > 0, "MaxNumTerms", "Must be positive");
            using var channel = _env.Start("Training");
            Collect(map, input, source, _maximumNumberOfKeys);
            if (map.Count == 0)
                channel.Warning($"Term map for output column '{_output}' contains no entries.");
        }
        else
        {
            var column = _keyData.Schema[0];
            Contracts.CheckParam(column.Type.Equals(map.ItemType), "keyData", $"Input data's column must be of type '{map.ItemType}' but was '{column.Type}'");
            Collect(map, _keyData, column, int.MaxValue);
        }
        if (_keyOrdinality == KeyOrdinality.ByValue)
            map.Sort();
        return new ValueToKeyMappingTransformer(_env, map, _namesAsText, _output, _input);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.MapColumn(_output, _input, source =>
    {
        if (!source.IsKey || !source.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var values) || values.Kind != VectorKind.Vector)
        {
            values = new SchemaShape.Column(AnnotationUtils.Kinds.KeyValues, VectorKind.Vector,
                _namesAsText ? TextDataViewType.Instance : source.ItemType, source.IsKey && !_namesAsText);
        }
        return new SchemaShape.Column(source.Name, source.Kind, NumberDataViewType.UInt32, true,
            source.KeepAnnotations(AnnotationUtils.Kinds.SlotNames).With(values));
    });

    private static void Collect(TermMap map, IDataView data, DataViewSchema.Column column, int maximumCount)
    {
        using var cursor = data.GetRowCursor([column]);
        var collect = map.MakeCollector(cursor, column, maximumCount);
        while (cursor.MoveNext())
        {
            if (!collect())
                break;
        }
    }
}

public sealed class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    private readonly TermMap _map;
    private readonly bool _namesAsText;

    internal ValueToKeyMappingTransformer(IHostEnvironment env, TermMap map, bool namesAsText, string output, string input)
        : base(env, output, input) => (_map, _namesAsText) = (map, namesAsText);

    internal ValueToKeyMappingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, ctx)
    {
        _namesAsText = ctx.Reader.ReadBoolean();
        _map = TermMap.Load(ctx.Reader);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        base.SaveModel(ctx);
        ctx.Writer.Write(_namesAsText);
        _map.Save(ctx.Writer);
    }

    private protected override MappedColumn Map(DataViewSchema.Column source)
    {
        var itemType = source.Type.ItemTypeOf();
        Contracts.Check(itemType.Equals(_map.ItemType),
            $"Could not apply a map over type '{_map.ItemType}' to column '{Output}' since it has type '{itemType}'");
        var annotations = new DataViewSchema.Annotations.Builder();
        _map.AddKeyValues(annotations, source, _namesAsText);
        annotations.Add(source.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        return new MappedColumn(source.Type.WithItemType(_map.KeyType), annotations.ToAnnotations(), _map.MakeGetter);
    }
}
