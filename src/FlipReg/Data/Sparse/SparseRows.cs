using static TorchSharp.torch;

namespace FlipReg.Data.Sparse;

/// <summary>Rows most of whose values are 0: of each its columns, ascending, and their values (compressed sparse rows). On the CPU.</summary>
/// <param name="width">Values of a row, the zeros counted.</param>
internal sealed unsafe class SparseRows(int width) : IDisposable
{
    /// <summary>Narrower rows are kept dense: there is little to gain.</summary>
    public const int MinimumWidth = 1000;

    /// <summary>Share of values that are not 0 up to which rows are kept sparse: at a tenth, the products of either form take as long.</summary>
    public const double MaximumShare = 0.1;

    private readonly NativeBuffer<long> _starts = new();
    private readonly NativeBuffer<int> _columns = new();
    private readonly NativeBuffer<float> _values = new();
    private int _owners = 1;

    /// <summary>Values of a row, the zeros counted.</summary>
    public int Width => width;

    /// <summary>Number of rows.</summary>
    public long Rows => _starts.Count;

    /// <summary>Where each row's values begin among those of all rows, and after the last row's where they end.</summary>
    public long* Starts
    {
        get
        {
            // The end takes a place that the next row's start writes over.
            _starts.Add(NonZeros);
            _starts.Truncate(_starts.Count - 1);
            return _starts.Items;
        }
    }

    /// <summary>Values that are held, of all rows.</summary>
    public long NonZeros => _columns.Count;

    /// <summary>The columns of all rows' values, row after row.</summary>
    public int* Columns => _columns.Items;

    /// <summary>The values at <see cref="Columns"/>.</summary>
    public float* Values => _values.Items;

    /// <summary>Where a row's values begin.</summary>
    public long Start(long row) => row == Rows ? NonZeros : _starts.Slice(row, 1)[0];

    /// <summary>A row's columns.</summary>
    public ReadOnlySpan<int> ColumnsOf(long row) => _columns.Slice(Start(row), (int)(Start(row + 1) - Start(row)));

    /// <summary>A row's values at its columns.</summary>
    public ReadOnlySpan<float> ValuesOf(long row) => _values.Slice(Start(row), (int)(Start(row + 1) - Start(row)));

    /// <summary>Adds a row without its zeros.</summary>
    /// <param name="values">All its values.</param>
    public void Add(ReadOnlySpan<float> values)
    {
        Begin(values.Length);
        for (var column = 0; column < values.Length; column++)
            Put(column, values[column]);
    }

    /// <summary>Adds a row, given by some columns: all others are 0.</summary>
    /// <param name="columns">Columns, ascending.</param>
    /// <param name="values">Their values; zeros among them are left out.</param>
    /// <returns>False where the columns are not ascending, or out of range: then no row is added.</returns>
    public bool TryAdd(ReadOnlySpan<int> columns, ReadOnlySpan<float> values)
    {
        var last = -1;
        foreach (var column in columns)
        {
            if (column <= last || column >= width)
                return false;
            last = column;
        }

        Begin(columns.Length);
        for (var i = 0; i < columns.Length; i++)
            Put(columns[i], values[i]);
        return true;
    }

    /// <summary>Adds a row of another table.</summary>
    public void AddRow(SparseRows other, long row)
    {
        var columns = other.ColumnsOf(row);
        Begin(columns.Length);
        columns.CopyTo(_columns.Append(columns.Length));
        other.ValuesOf(row).CopyTo(_values.Append(columns.Length));
    }

    /// <summary>Forgets all rows, and keeps their room.</summary>
    public void Clear() => Truncate(0);

    /// <summary>Forgets the rows from <paramref name="rows"/> on, and keeps their room.</summary>
    public void Truncate(long rows)
    {
        var values = Start(Math.Min(rows, Rows));
        _starts.Truncate(rows);
        _columns.Truncate(values);
        _values.Truncate(values);
    }

    /// <summary>Gives back the room that is not used.</summary>
    public void Trim()
    {
        _starts.Trim();
        _columns.Trim();
        _values.Trim();
    }

    /// <summary>
    /// Divides the rows in two. Those that stay move together in their own memory; only the others are copied.
    /// </summary>
    /// <param name="isApart">One value a row: whether it goes.</param>
    /// <returns>The rows that went.</returns>
    public SparseRows TakeApart(ReadOnlySpan<bool> isApart)
    {
        var apart = new SparseRows(width);
        long rows = 0, end = 0;
        for (var row = 0; row < isApart.Length; row++)
        {
            if (isApart[row])
            {
                apart.AddRow(this, row);
                continue;
            }

            var (start, next) = (Start(row), Start(row + 1));
            var length = (int)(next - start);
            _columns.Slice(start, length).CopyTo(_columns.Slice(end, length));
            _values.Slice(start, length).CopyTo(_values.Slice(end, length));
            _starts.Slice(rows++, 1)[0] = end;
            end += length;
        }

        _starts.Truncate(rows);
        _columns.Truncate(end);
        _values.Truncate(end);
        apart.Trim();
        Trim();
        return apart;
    }

    /// <summary>Writes a row with its zeros.</summary>
    public void CopyTo(long row, Span<float> target)
    {
        target.Clear();
        var columns = ColumnsOf(row);
        var values = ValuesOf(row);
        for (var i = 0; i < columns.Length; i++)
            target[columns[i]] = values[i];
    }

    /// <summary>The rows with their zeros, rows × width, in memory that torch owns.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room.</exception>
    public Tensor ToDense()
    {
        var memory = new RowMemory(Rows, width);
        for (long row = 0; row < Rows; row++)
            CopyTo(row, memory.Row(row));
        return memory.Tensor;
    }

    /// <summary>Hands out the bytes of all that the rows are made of, in pieces.</summary>
    public void ReadBytes(Action<ReadOnlySpan<byte>> take)
    {
        Pieces((byte*)_starts.Items, _starts.Count * sizeof(long), take);
        Pieces((byte*)_columns.Items, _columns.Count * sizeof(int), take);
        Pieces((byte*)_values.Items, _values.Count * sizeof(float), take);
    }

    /// <summary>The columns in which any row has a value, ascending.</summary>
    public int[] UsedColumns()
    {
        var used = new bool[width];
        for (long i = 0; i < NonZeros; i++)
            used[Columns[i]] = true;
        return [.. Enumerable.Range(0, width).Where(column => used[column])];
    }

    /// <summary>The largest magnitude; 0 where there is no value.</summary>
    public float LargestMagnitude()
    {
        var largest = 0f;
        for (long i = 0; i < NonZeros; i++)
            largest = Math.Max(largest, Math.Abs(Values[i]));
        return largest;
    }

    /// <summary>The same rows for one more owner, who disposes them as well. Not while another thread does.</summary>
    public SparseRows Share()
    {
        _owners++;
        return this;
    }

    public void Dispose()
    {
        if (--_owners > 0)
            return;
        _starts.Dispose();
        _columns.Dispose();
        _values.Dispose();
    }

    private void Begin(int atMost)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(atMost, width);
        _starts.Add(NonZeros);
    }

    private void Put(int column, float value)
    {
        // A value that is no number is no zero.
        if (value == 0)
            return;
        _columns.Add(column);
        _values.Add(value);
    }

    private static void Pieces(byte* bytes, long count, Action<ReadOnlySpan<byte>> take)
    {
        const int PieceBytes = 1 << 20;
        for (long start = 0; start < count; start += PieceBytes)
            take(new ReadOnlySpan<byte>(bytes + start, (int)Math.Min(PieceBytes, count - start)));
    }
}
