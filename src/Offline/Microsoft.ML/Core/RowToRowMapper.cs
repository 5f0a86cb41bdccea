namespace Microsoft.ML.Data;

/// <summary>A <see cref="RowMapping"/> bound to an input schema: pass-through columns first, then the outputs.</summary>
internal sealed class RowToRowMapper : IRowToRowMapper
{
    private readonly OutputColumn[] _outputs;

    // Where each output column comes from: below the input count an input column, else output (value - input count).
    private readonly int[] _origin;

    public RowToRowMapper(DataViewSchema inputSchema, RowMapping mapping)
    {
        InputSchema = inputSchema;
        _outputs = mapping.Outputs.ToArray();
        (OutputSchema, _origin) = Arrange(inputSchema, _outputs, mapping.Kept ?? Enumerable.Range(0, inputSchema.Count));
    }

    public DataViewSchema InputSchema { get; }
    public DataViewSchema OutputSchema { get; }
    public bool AddsColumns => _outputs.Length > 0;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var needed = InputsFor(RowHelpers.ActiveMask(OutputSchema, dependingColumns));
        return InputSchema.Where(c => needed[c.Index]);
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Contracts.CheckValue(input, nameof(input));
        return new MappedRow(input, this, RowHelpers.ActiveMask(OutputSchema, activeColumns));
    }

    public bool[] InputsFor(bool[] active)
    {
        var needed = new bool[InputSchema.Count];
        for (var i = 0; i < active.Length; i++)
        {
            if (!active[i])
                continue;
            if (_origin[i] < InputSchema.Count)
            {
                needed[_origin[i]] = true;
                continue;
            }
            foreach (var input in _outputs[_origin[i] - InputSchema.Count].Inputs)
                needed[input] = true;
        }
        return needed;
    }

    /// <summary>The input column that an output column passes through, or the appended column it is.</summary>
    public bool IsInput(int outputIndex, out DataViewSchema.Column input, out OutputColumn output)
    {
        var origin = _origin[outputIndex];
        var isInput = origin < InputSchema.Count;
        input = isInput ? InputSchema[origin] : default;
        output = isInput ? null : _outputs[origin - InputSchema.Count];
        return isInput;
    }

    // A column that hides one of the input stands right after it; the others stand at the end.
    private static (DataViewSchema Schema, int[] Origin) Arrange(DataViewSchema input, OutputColumn[] outputs, IEnumerable<int> kept)
    {
        var order = kept.ToList();
        for (var i = 0; i < outputs.Length; i++)
        {
            var hidden = input.GetColumnOrNull(outputs[i].Column.Name);
            var at = order.Count;
            if (hidden is DataViewSchema.Column column)
            {
                at = order.IndexOf(column.Index) + 1;
                while (at < order.Count && order[at] >= input.Count)
                    at++;
            }
            order.Insert(at, input.Count + i);
        }
        var builder = new DataViewSchema.Builder();
        foreach (var origin in order)
        {
            var column = origin < input.Count ? new DataViewSchema.DetachedColumn(input[origin]) : outputs[origin - input.Count].Column;
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        }
        return (builder.ToSchema(), order.ToArray());
    }
}
