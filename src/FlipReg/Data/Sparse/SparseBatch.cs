namespace FlipReg.Data.Sparse;

/// <summary>Some rows of a sparse table, in an order of their own: a training step's or block's, or rows to be scored.</summary>
internal sealed unsafe class SparseBatch
{
    private readonly long* _ids;
    private readonly long _first;

    /// <summary>Consecutive rows.</summary>
    public SparseBatch(SparseRows table, long first, int rows) => (Table, _first, Rows) = (table, first, rows);

    /// <summary>Rows by their numbers, in host memory that outlives the batch.</summary>
    public SparseBatch(SparseRows table, long* ids, int rows)
        : this(table, 0, rows) => _ids = ids;

    /// <summary>The table.</summary>
    public SparseRows Table { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>The table's number of a row.</summary>
    public long Id(int row) => _ids is null ? _first + row : _ids[row];

    /// <summary>Values that are not 0.</summary>
    public long NonZeros
    {
        get
        {
            var starts = Table.Starts;
            long sum = 0;
            for (var row = 0; row < Rows; row++)
                sum += starts[Id(row) + 1] - starts[Id(row)];
            return sum;
        }
    }

    /// <summary>Some of the rows, consecutive in this batch.</summary>
    public SparseBatch Of(int offset, int rows) => _ids is null ? new(Table, _first + offset, rows) : new(Table, _ids + offset, rows);
}
