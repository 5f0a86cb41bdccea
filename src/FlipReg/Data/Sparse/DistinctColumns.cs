namespace FlipReg.Data.Sparse;

/// <summary>Numbers the columns in which the rows of a batch have values, in the order in which they first occur.</summary>
/// <param name="width">Columns of a row.</param>
internal sealed unsafe class DistinctColumns(int width)
{
    private readonly int[] _number = new int[width];
    private int[] _columns = [];
    private int[] _numbers = [];
    private int _offset = 1;
    private int _count;

    /// <summary>The columns, each once.</summary>
    public ReadOnlySpan<int> Columns => _columns.AsSpan(0, _count);

    /// <summary>For each value of the batch, row after row, its column's place in <see cref="Columns"/>.</summary>
    public ReadOnlySpan<int> Numbers => _numbers;

    /// <summary>Takes a column for each value.</summary>
    public void Of(ReadOnlySpan<int> columns)
    {
        Begin(columns.Length);
        for (var value = 0; value < columns.Length; value++)
            Take(columns[value], value);
        _offset += _count;
    }

    /// <summary>Takes the columns of a batch.</summary>
    public void Of(SparseBatch batch)
    {
        Begin((int)batch.NonZeros);
        var value = 0;
        var starts = batch.Table.Starts;
        var columns = batch.Table.Columns;
        for (var row = 0; row < batch.Rows; row++)
        {
            var id = batch.Id(row);
            for (var i = starts[id]; i < starts[id + 1]; i++)
                Take(columns[i], value++);
        }

        _offset += _count;
    }

    private void Begin(int values)
    {
        if (_numbers.Length < values)
            _numbers = new int[Math.Max(values, 2 * _numbers.Length)];
        var possible = Math.Min(values, width);
        if (_columns.Length < possible)
            _columns = new int[Math.Max(possible, Math.Min(width, 2 * _columns.Length))];
        // A column's entry is this batch's where it is at least the offset: nothing is cleared from batch to batch.
        if (_offset > int.MaxValue - width)
        {
            Array.Clear(_number);
            _offset = 1;
        }

        _count = 0;
    }

    private void Take(int column, int value)
    {
        ref var number = ref _number[column];
        if (number < _offset)
        {
            number = _offset + _count;
            _columns[_count++] = column;
        }

        _numbers[value] = number - _offset;
    }
}
