using FlipReg.Data.Sparse;
using FlipReg.Training.RowTables;

namespace FlipReg.Networks;

/// <summary>Products with sparse rows on the processor: of each value that is not 0 one row of the weights.</summary>
internal static unsafe class SparseProduct
{
    /// <summary>x·W + b.</summary>
    /// <param name="rows">x, n × d.</param>
    /// <param name="weights">W, d × width.</param>
    /// <param name="bias">b, width values, or null.</param>
    /// <param name="width">Outputs of a row.</param>
    /// <param name="output">Receives n × width.</param>
    public static void Forward(SparseBatch rows, float* weights, float* bias, int width, float* output)
    {
        var starts = rows.Table.Starts;
        var columns = rows.Table.Columns;
        var values = rows.Table.Values;
        for (var row = 0; row < rows.Rows; row++, output += width)
        {
            var target = new Span<float>(output, width);
            if (bias is null)
                target.Clear();
            else
                new ReadOnlySpan<float>(bias, width).CopyTo(target);
            var id = rows.Id(row);
            for (var i = starts[id]; i < starts[id + 1]; i++)
                RowKernels.AddScaled(output, values[i], weights + ((long)columns[i] * width), width);
        }
    }

    /// <summary>xᵀ·g for the columns in which the rows have values.</summary>
    /// <param name="rows">x, n × d.</param>
    /// <param name="numbers">For each value, row after row, its column's number.</param>
    /// <param name="gradient">g, n × width.</param>
    /// <param name="width">Outputs of a row.</param>
    /// <param name="target">Receives numbered columns × width.</param>
    public static void Backward(SparseBatch rows, ReadOnlySpan<int> numbers, float* gradient, int width, Span<float> target)
    {
        target.Clear();
        var next = 0;
        var starts = rows.Table.Starts;
        var values = rows.Table.Values;
        fixed (float* start = target)
        {
            for (var row = 0; row < rows.Rows; row++, gradient += width)
            {
                var id = rows.Id(row);
                for (var i = starts[id]; i < starts[id + 1]; i++)
                    RowKernels.AddScaled(start + ((long)numbers[next++] * width), values[i], gradient, width);
            }
        }
    }
}
