namespace Microsoft.ML.Data;

/// <summary>
/// Base of the row-to-row transformers: input columns pass through, output columns are appended.
/// A derived class gives the <see cref="RowMapping"/> for an input schema (checking it) and its Save; all else is here.
/// </summary>
public abstract class RowToRowTransformerBase : ITransformer
{
    private protected readonly IHost Host;

    private protected RowToRowTransformerBase(IHost host)
    {
        Contracts.CheckValue(host, nameof(host));
        Host = host;
    }

    bool ITransformer.IsRowToRowMapper => true;
    void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return new RowToRowMapper(inputSchema, MakeMapping(inputSchema)).OutputSchema;
    }

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new RowToRowView(input, new RowToRowMapper(input.Schema, MakeMapping(input.Schema)));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return new RowToRowMapper(inputSchema, MakeMapping(inputSchema));
    }

    /// <summary>Checks the input schema and says which columns are appended and how they are computed.</summary>
    private protected abstract RowMapping MakeMapping(DataViewSchema inputSchema);
    private protected abstract void SaveModel(ModelSaveContext ctx);
}

/// <summary>One column that a transformer appends.</summary>
/// <param name="Column">Name, type, annotations.</param>
/// <param name="Inputs">Indices of the input columns it is computed from.</param>
/// <param name="MakeGetter">
/// Makes the ValueGetter of the column's raw type for one row object. The row has at least the inputs active. The getter
/// reads the row's current values at each call; it may keep buffers, as each row object gets its own getter.
/// </param>
internal sealed record OutputColumn(DataViewSchema.DetachedColumn Column, int[] Inputs, Func<DataViewRow, Delegate> MakeGetter);

/// <summary>The columns that a transformer appends to the columns of one input schema, or to those it keeps of them, in that order.</summary>
internal sealed record RowMapping(IReadOnlyList<OutputColumn> Outputs, IEnumerable<int> Kept = null);
