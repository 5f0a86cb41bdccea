using FlipReg.Data;
using FlipReg.Data.Sparse;
using FlipReg.Training.RowTables;
using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>A table of categories that the processor itself looks up and adds up: a column's work on a step of 32 rows is less than that of one call into libtorch.</summary>
internal sealed unsafe class CategoryHostTable
{
    private readonly float* _values;
    private readonly float* _gradients;
    private readonly int _rows;
    private readonly int _width;
    private readonly float _high;
    private int[] _chosen = [];
    private RowTable? _table;
    private DistinctColumns? _distinct;

    /// <param name="values">The table, contiguous, on the CPU.</param>
    /// <param name="gradients">Its gradient, or null where it is trained by rows.</param>
    public CategoryHostTable(Tensor values, Tensor? gradients)
    {
        (_rows, _width) = ((int)values.shape[0], (int)values.shape[1]);
        _high = CategoryEmbeddingLayer.High(_rows - 1);
        _values = HostReads.Address<float>(values);
        _gradients = gradients is null ? null : HostReads.Address<float>(gradients);
    }

    /// <summary>Takes the table that has the values' optimizer.</summary>
    public void TrainWith(RowTable table) => (_table, _distinct) = (table, new DistinctColumns(_rows));

    /// <summary>Copies out each row's vector.</summary>
    /// <param name="numbers">The first row's number.</param>
    /// <param name="inputWidth">Values from a row's number to that of the next.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="output">Receives the first row's vector.</param>
    /// <param name="outputWidth">Values from a row's vector to that of the next.</param>
    public void Forward(float* numbers, int inputWidth, int rows, float* output, int outputWidth)
    {
        Choose(numbers, inputWidth, rows);
        if (_table is not null)
        {
            _distinct!.Of(_chosen.AsSpan(0, rows));
            _table.Touch(_distinct.Columns);
        }

        for (var row = 0; row < rows; row++, output += outputWidth)
            new ReadOnlySpan<float>(_values + ((long)_chosen[row] * _width), _width).CopyTo(new Span<float>(output, _width));
    }

    /// <summary>Brings the rows of the table up to date which some rows read.</summary>
    /// <inheritdoc cref="Forward" path="/param"/>
    public void CatchUp(float* numbers, int inputWidth, int rows)
    {
        Choose(numbers, inputWidth, rows);
        _distinct!.Of(_chosen.AsSpan(0, rows));
        _table!.CatchUp(_distinct.Columns);
    }

    /// <summary>Sets the gradient: each row's, added to that of its category.</summary>
    /// <param name="gradient">That of the first row's vector.</param>
    /// <param name="stride">Values from a row's vector to that of the next.</param>
    /// <param name="rows">Rows.</param>
    public void Backward(float* gradient, int stride, int rows)
    {
        var target = _table is null ? new Span<float>(_gradients, checked(_rows * _width)) : _table.HostGradients;
        var places = _table is null ? _chosen : _distinct!.Numbers;
        target.Clear();
        fixed (float* start = target)
        {
            for (var row = 0; row < rows; row++, gradient += stride)
                RowKernels.AddScaled(start + ((long)places[row] * _width), 1, gradient, _width);
        }
    }

    private void Choose(float* numbers, int inputWidth, int rows)
    {
        if (_chosen.Length < rows)
            _chosen = new int[rows];
        for (var row = 0; row < rows; row++, numbers += inputWidth)
            _chosen[row] = *numbers > CategoryEmbeddingLayer.Low && *numbers < _high ? (int)*numbers : 0;
    }
}
