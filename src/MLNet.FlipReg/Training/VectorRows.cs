using FlipReg.Data.Sparse;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Training;

/// <summary>ML.NET's vectors as sparse rows.</summary>
internal static class VectorRows
{
    /// <summary>Whether a vector has few enough values that are not 0 to be held as a sparse row.</summary>
    public static bool IsSparse(in VBuffer<float> vector)
    {
        var values = vector.GetValues();
        var most = (long)(vector.Length * SparseRows.MaximumShare);
        // Counting is left for the case that needs it: a vector may hold its zeros.
        return values.Length <= most || values.Length - values.Count(0f) <= most;
    }

    /// <summary>Adds a vector, sparse or dense, without its zeros.</summary>
    public static void Add(this SparseRows rows, in VBuffer<float> vector)
    {
        if (vector.IsDense)
        {
            rows.Add(vector.GetValues());
            return;
        }

        // ML.NET asks for ascending indices, and does not check them: then the row is what ML.NET's own copy with zeros makes of it.
        if (rows.TryAdd(vector.GetIndices(), vector.GetValues()))
            return;
        var all = new float[vector.Length];
        vector.CopyTo(all);
        rows.Add(all);
    }
}
