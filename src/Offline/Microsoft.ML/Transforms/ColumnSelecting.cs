namespace Microsoft.ML.Transforms;

public sealed class ColumnSelectingEstimator : TrivialEstimator<ColumnSelectingTransformer>
{
    internal ColumnSelectingEstimator(string[] keepColumns, string[] dropColumns) : base(new(keepColumns, dropColumns)) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        Transformer.CheckNames(inputSchema.Select(c => c.Name), nameof(inputSchema));
        return new SchemaShape(inputSchema.Where(c => Transformer.Keeps(c.Name)));
    }
}

public sealed class ColumnSelectingTransformer : ITransformer
{
    private readonly string[] _names;
    private readonly bool _keep;

    internal ColumnSelectingTransformer(string[] keepColumns, string[] dropColumns)
    {
        _keep = keepColumns is { Length: > 0 };
        _names = _keep ? keepColumns : dropColumns;
        Contracts.Check(_names is { Length: > 0 }, "Neither keepColumns and dropColumns is set. Exactly one must be specified.");
    }

    internal ColumnSelectingTransformer(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(TransformFile.VersionOf(GetType()));
        _keep = ctx.Reader.ReadBoolean();
        _names = ctx.LoadNames();
    }

    bool ITransformer.IsRowToRowMapper => true;
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema)).OutputSchema;
    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema));

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new RowToRowView(input, Bind(input.Schema, nameof(input)));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(TransformFile.VersionOf(GetType()));
        ctx.Writer.Write(_keep);
        ctx.SaveNames(_names);
    }

    internal bool Keeps(string name) => _names.Contains(name) == _keep;

    internal void CheckNames(IEnumerable<string> present, string paramName)
    {
        var missing = _names.Except(present).ToArray();
        if (missing.Length > 0)
            throw Contracts.ExceptSchemaMismatch(paramName, "input", string.Join(",", missing));
    }

    private RowToRowMapper Bind(DataViewSchema inputSchema, string paramName)
    {
        Contracts.CheckValue(inputSchema, paramName);
        CheckNames(inputSchema.Select(c => c.Name), paramName);
        // Kept columns stand in the order they were asked for, remaining ones in the order they had.
        var kept = _keep
            ? _names.SelectMany(name => inputSchema.Where(c => c.Name == name && !c.IsHidden))
            : inputSchema.Where(c => Keeps(c.Name));
        return new RowToRowMapper(inputSchema, new RowMapping([], kept.Select(c => c.Index)));
    }
}
