using System.Numerics;
using FlipReg.Data;
using FlipReg.Data.Sparse;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Training;

/// <summary>
/// Collects the features of rows: sparse as long as few of their values are not 0, else dense. What was collected sparse turns dense once, after a
/// number of rows that doubles from one look to the next, so that neither form grows large where the other is the smaller.
/// </summary>
internal sealed class FeatureCollector : IDisposable
{
    /// <summary>Rows before the first look.</summary>
    private const int FirstRows = 256;

    private readonly int _width;
    private readonly long? _expectedRows;
    private readonly bool _mayTurn;
    private SparseRows? _sparse;
    private RowCollector? _dense;

    /// <param name="width">Values of a row.</param>
    /// <param name="expectedRows">How many rows will come, as far as that is known.</param>
    /// <param name="sparse">Whether the rows are held sparse; null: as they turn out to be.</param>
    public FeatureCollector(int width, long? expectedRows, bool? sparse)
    {
        (_width, _expectedRows, _mayTurn) = (width, expectedRows, sparse is null);
        if (sparse == false)
            _dense = new RowCollector(width, expectedRows);
        else
            _sparse = new SparseRows(width);
    }

    /// <summary>Whether the rows are sparse so far.</summary>
    public bool IsSparse => _sparse is not null;

    /// <summary>Adds a row.</summary>
    /// <param name="features">As many values as a row has.</param>
    public void Add(in VBuffer<float> features)
    {
        if (_sparse is null)
        {
            features.CopyTo(_dense!.Add());
            return;
        }

        _sparse.Add(features);
        if (_sparse.Rows >= FirstRows && BitOperations.IsPow2(_sparse.Rows))
            TurnIfDense();
    }

    /// <summary>All rows as a table; this collector is empty afterwards.</summary>
    /// <param name="labels">Class indices.</param>
    /// <param name="weights">Example weights, or null.</param>
    /// <param name="categories">For each of the last values that are categories, how many there are.</param>
    public TrainingTable ToTable(long[] labels, float[]? weights, IReadOnlyList<int> categories)
    {
        TurnIfDense();
        if (_sparse is null)
            return new TrainingTable(_dense!.ToTensor(), labels, weights) { Categories = categories };
        _sparse.Trim();
        var table = new TrainingTable(_sparse, labels, weights);
        _sparse = null;
        return table;
    }

    public void Dispose()
    {
        _sparse?.Dispose();
        _dense?.Dispose();
    }

    private void TurnIfDense()
    {
        if (!_mayTurn || _sparse is null || _sparse.NonZeros <= SparseRows.MaximumShare * _width * _sparse.Rows)
            return;
        _dense = new RowCollector(_width, _expectedRows);
        for (long row = 0; row < _sparse.Rows; row++)
            _sparse.CopyTo(row, _dense.Add());
        _sparse.Dispose();
        _sparse = null;
    }
}
