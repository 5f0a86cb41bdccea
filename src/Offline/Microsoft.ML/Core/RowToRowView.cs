namespace Microsoft.ML.Data;

/// <summary>The lazy view of a row-to-row mapper over a source.</summary>
internal sealed class RowToRowView(IDataView source, RowToRowMapper mapper) : WrappedView(source)
{
    public override DataViewSchema Schema => mapper.OutputSchema;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = RowHelpers.ActiveMask(Schema, columnsNeeded);
        return new MappedRow(Source.GetRowCursor(InputsFor(active), rand), mapper, active);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = RowHelpers.ActiveMask(Schema, columnsNeeded);
        return Source.GetRowCursorSet(InputsFor(active), n, rand)
            .Select(cursor => (DataViewRowCursor)new MappedRow(cursor, mapper, active))
            .ToArray();
    }

    private IEnumerable<DataViewSchema.Column> InputsFor(bool[] active)
    {
        var needed = mapper.InputsFor(active);
        return mapper.InputSchema.Where(c => needed[c.Index]);
    }
}

/// <summary>What a mapper makes of its input: a cursor, whose moves are those of the input, or a single row.</summary>
internal sealed class MappedRow : DataViewRowCursor
{
    private readonly DataViewRow _input;
    private readonly RowToRowMapper _mapper;
    private readonly bool[] _active;
    private readonly Delegate[] _getters;

    public MappedRow(DataViewRow input, RowToRowMapper mapper, bool[] active)
    {
        _input = input;
        _mapper = mapper;
        _active = active;
        _getters = new Delegate[active.Length];
        for (var i = 0; i < active.Length; i++)
        {
            if (active[i] && !mapper.IsInput(i, out _, out var output))
                _getters[i] = output.MakeGetter(input);
        }
    }

    public override DataViewSchema Schema => _mapper.OutputSchema;
    public override long Position => _input.Position;
    public override long Batch => _input.Batch;
    public override bool MoveNext() => ((DataViewRowCursor)_input).MoveNext();
    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => RowHelpers.IsActive(_active, column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        // A selection of columns leaves the complaint to its input.
        Contracts.Check(!_mapper.AddsColumns || IsColumnActive(column));
        if (_mapper.IsInput(column.Index, out var input, out _))
            return _input.GetGetter<TValue>(input);
        return _getters[column.Index] as ValueGetter<TValue>
            ?? throw Contracts.Except($"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _input.Dispose();
        base.Dispose(disposing);
    }
}
