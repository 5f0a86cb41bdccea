using System.Runtime.CompilerServices;

namespace Microsoft.ML.Transforms;

public sealed class CustomMappingEstimator<TSrc, TDst> : TrivialEstimator<CustomMappingTransformer<TSrc, TDst>>
    where TSrc : class, new()
    where TDst : class, new()
{
    internal CustomMappingEstimator(CustomMappingTransformer<TSrc, TDst> transformer) : base(transformer) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        foreach (var needed in SchemaShape.Create(Transformer.NeededColumns))
        {
            var found = inputSchema.Find(needed.Name);
            var fits = needed.Kind == found.Kind
                || (needed.Kind == SchemaShape.Column.VectorKind.VariableVector && found.Kind == SchemaShape.Column.VectorKind.Vector);
            if (!fits || needed.ItemType != found.ItemType || needed.IsKey != found.IsKey)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", needed.Name, needed.GetTypeString(), found.GetTypeString());
        }
        return inputSchema.With([.. SchemaShape.Create(Transformer.AddedColumns)]);
    }
}

public sealed class CustomMappingTransformer<TSrc, TDst> : ITransformer
    where TSrc : class, new()
    where TDst : class, new()
{
    private readonly Action<TSrc, TDst> _map;
    private readonly string _contractName;
    private readonly SchemaDefinition _input;
    private readonly SchemaDefinition _output;

    internal CustomMappingTransformer(Action<TSrc, TDst> mapAction, string contractName, SchemaDefinition inputSchemaDefinition = null,
        SchemaDefinition outputSchemaDefinition = null)
    {
        Contracts.CheckValue(mapAction, nameof(mapAction));
        (_map, _contractName, _input, _output) = (mapAction, contractName, inputSchemaDefinition, outputSchemaDefinition);
        NeededColumns = BoundColumn.SchemaOf(BoundColumn.Resolve(typeof(TSrc), _input, SchemaDefinition.Direction.Write));
        AddedColumns = new TypedRow<TDst>(_output).Schema;
    }

    internal DataViewSchema NeededColumns { get; }
    internal DataViewSchema AddedColumns { get; }
    bool ITransformer.IsRowToRowMapper => true;
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema)).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new RowToRowView(input, Bind(input.Schema, nameof(input)));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        Contracts.Check(_contractName != null, "Empty contract name for a transform: the transform cannot be saved");
        throw Contracts.ExceptNotSupp($"The custom mapping '{_contractName}' is not saved here. Save the steps before and after it, and map between them.");
    }

    private RowToRowMapper Bind(DataViewSchema inputSchema, string paramName)
    {
        Contracts.CheckValue(inputSchema, paramName);
        var binding = new RowBinding<TSrc>(inputSchema, ignoreMissingColumns: false, _input);
        int[] inputs = [.. binding.Columns.Select(c => c.Index)];
        // The output columns of one row share one call of the mapping.
        var appliers = new ConditionalWeakTable<DataViewRow, Applier>();
        return new RowToRowMapper(inputSchema, new RowMapping([.. AddedColumns.Select(column => new OutputColumn(
            new DataViewSchema.DetachedColumn(column), inputs,
            row => appliers.GetValue(row, r => new Applier(r, binding, _map, _output)).MakeGetter(column)))]));
    }

    private sealed class Applier(DataViewRow input, RowBinding<TSrc> binding, Action<TSrc, TDst> map, SchemaDefinition output)
    {
        private readonly Action<TSrc> _fill = binding.Filler(input);
        private readonly TSrc _source = new();
        private readonly TDst _result = new();
        private readonly TypedRow<TDst> _row = new(output);
        private long _position = -1;

        public Delegate MakeGetter(DataViewSchema.Column column) => GenericCall.Invoke<Delegate>(MakeGetter<int>, column.Type.RawType, column);

        private ValueGetter<T> MakeGetter<T>(DataViewSchema.Column column)
        {
            var getter = _row.GetGetter<T>(column);
            return (ref T dst) =>
            {
                if (_position != input.Position)
                {
                    _fill(_source);
                    map(_source, _result);
                    _row.Set(_result);
                    _position = input.Position;
                }
                getter(ref dst);
            };
        }
    }
}
