using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class ColumnSelectingEstimator : TrivialEstimator<ColumnSelectingTransformer>
{
    internal ColumnSelectingEstimator(IHostEnvironment env, string[] keepColumns, string[] dropColumns, bool keepHidden = false)
        : base(new(env, keepColumns, dropColumns, keepHidden)) { }

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
    private readonly bool _keepHidden;

    internal ColumnSelectingTransformer(IHostEnvironment env, string[] keepColumns, string[] dropColumns, bool keepHidden = false)
    {
        _keep = keepColumns is { Length: > 0 };
        _names = _keep ? keepColumns : dropColumns;
        _keepHidden = keepHidden;
        Contracts.Check(_names is { Length: > 0 }, "Neither keepColumns and dropColumns is set. Exactly one must be specified.");
    }

    internal ColumnSelectingTransformer(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(TransformFile.VersionOf(GetType()));
        _keep = ctx.Reader.ReadBoolean();
        _keepHidden = ctx.Reader.ReadBoolean();
        _names = ctx.LoadNames();
    }

    bool ITransformer.IsRowToRowMapper => true;
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema)).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new View(input, Bind(input.Schema, nameof(input)));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(TransformFile.VersionOf(GetType()));
        ctx.Writer.Write(_keep);
        ctx.Writer.Write(_keepHidden);
        ctx.SaveNames(_names);
    }

    internal bool Keeps(string name) => _names.Contains(name) == _keep;

    internal void CheckNames(IEnumerable<string> present, string paramName)
    {
        var missing = _names.Except(present).ToArray();
        if (missing.Length > 0)
            throw Contracts.ExceptSchemaMismatch(paramName, "input", string.Join(",", missing));
    }

    private Mapper Bind(DataViewSchema inputSchema, string paramName)
    {
        Contracts.CheckValue(inputSchema, paramName);
        CheckNames(inputSchema.Select(c => c.Name), paramName);
        // Kept columns stand in the order they were asked for, remaining ones in the order they had.
        var origin = _keep
            ? _names.SelectMany(name => inputSchema.Where(c => c.Name == name && (_keepHidden || !c.IsHidden)))
            : inputSchema.Where(c => Keeps(c.Name));
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(origin);
        return new Mapper(inputSchema, builder.ToSchema(), [.. origin]);
    }

    private sealed class Mapper(DataViewSchema inputSchema, DataViewSchema outputSchema, DataViewSchema.Column[] origin) : IRowToRowMapper
    {
        public DataViewSchema InputSchema => inputSchema;
        public DataViewSchema OutputSchema => outputSchema;
        public DataViewSchema.Column[] Origin => origin;

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
            => dependingColumns.Select(c => Origin[c.Index]).DistinctBy(c => c.Index);

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
            => new Cursor(input, this, RowHelpers.ActiveMask(OutputSchema, activeColumns));
    }

    private sealed class View(IDataView source, Mapper mapper) : WrappedView(source)
    {
        public override DataViewSchema Schema => mapper.OutputSchema;

        public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        {
            var active = RowHelpers.ActiveMask(Schema, columnsNeeded);
            return new Cursor(Source.GetRowCursor(mapper.GetDependencies(Schema.Where(c => active[c.Index])), rand), mapper, active);
        }
    }

    // Also serves as the row of a mapper; then nobody moves it.
    private sealed class Cursor(DataViewRow input, Mapper mapper, bool[] active) : DataViewRowCursor
    {
        public override DataViewSchema Schema => mapper.OutputSchema;
        public override long Position => input.Position;
        public override long Batch => input.Batch;
        public override bool MoveNext() => ((DataViewRowCursor)input).MoveNext();
        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();
        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Contracts.Check(IsColumnActive(column));
            return input.GetGetter<TValue>(mapper.Origin[column.Index]);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
        }
    }
}
