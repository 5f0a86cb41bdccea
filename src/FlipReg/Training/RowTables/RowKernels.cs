using System.Numerics;
using System.Runtime.CompilerServices;

namespace FlipReg.Training.RowTables;

/// <summary>What row rules share on the host.</summary>
internal static unsafe class RowKernels
{
    /// <summary>Takes a row's values into its average, if it has one.</summary>
    public static void Average(HostRow row, int width, double share)
    {
        if (row.Average is null)
            return;
        var s = (float)share;
        for (var i = 0; i < width; i++)
            row.Average[i] += s * (row.Value[i] - row.Average[i]);
    }

    /// <summary>0 where all values are finite, else NaN.</summary>
    public static float TimesZero(float* row, int width)
    {
        var sum = Vector<float>.Zero;
        var i = 0;
        for (; i <= width - Vector<float>.Count; i += Vector<float>.Count)
            sum += Vector.Load(row + i) * Vector<float>.Zero;
        var rest = Vector.Sum(sum);
        for (; i < width; i++)
            rest += row[i] * 0;
        return rest;
    }

    /// <summary>target + factor·row, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddScaled(float* target, float factor, float* row, int width)
    {
        var i = 0;
        for (; i <= width - Vector<float>.Count; i += Vector<float>.Count)
            Vector.FusedMultiplyAdd(new Vector<float>(factor), Vector.Load(row + i), Vector.Load(target + i)).Store(target + i);
        for (; i < width; i++)
            target[i] = MathF.FusedMultiplyAdd(factor, row[i], target[i]);
    }
}
