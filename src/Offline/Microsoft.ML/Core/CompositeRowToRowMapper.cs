namespace Microsoft.ML.Data;

/// <summary>Several mappers one after another; with none, the identity.</summary>
internal sealed class CompositeRowToRowMapper : IRowToRowMapper
{
    private readonly IRowToRowMapper[] _mappers;

    public CompositeRowToRowMapper(DataViewSchema inputSchema, IEnumerable<IRowToRowMapper> mappers)
    {
        InputSchema = inputSchema;
        _mappers = mappers.ToArray();
        OutputSchema = _mappers.Length == 0 ? inputSchema : _mappers[^1].OutputSchema;
    }

    public DataViewSchema InputSchema { get; }
    public DataViewSchema OutputSchema { get; }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        => _mappers.Reverse().Aggregate(dependingColumns, (columns, mapper) => mapper.GetDependencies(columns));

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckValue(activeColumns, nameof(activeColumns));
        var needed = new IEnumerable<DataViewSchema.Column>[_mappers.Length];
        for (var i = _mappers.Length - 1; i >= 0; i--)
        {
            needed[i] = activeColumns.ToArray();
            activeColumns = _mappers[i].GetDependencies(needed[i]);
        }
        var row = input;
        for (var i = 0; i < _mappers.Length; i++)
            row = _mappers[i].GetRow(row, needed[i]);
        return row;
    }
}
