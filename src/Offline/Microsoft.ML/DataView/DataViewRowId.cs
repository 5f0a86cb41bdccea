namespace Microsoft.ML.Data;

public readonly struct DataViewRowId : IComparable<DataViewRowId>, IEquatable<DataViewRowId>
{
    public readonly ulong Low;
    public readonly ulong High;

    public DataViewRowId(ulong low, ulong high)
    {
        Low = low;
        High = high;
    }

    public DataViewRowId Combine(DataViewRowId other)
    {
        var (low, high) = Mix(Low, High);
        (low, high) = Mix(low ^ other.Low, high ^ other.High);
        return new DataViewRowId(low, high);
    }

    public DataViewRowId Fork()
    {
        var (low, high) = Mix(Low + 1, High);
        return new DataViewRowId(low, high);
    }

    public DataViewRowId Next()
    {
        var (low, high) = Mix(Low, High + 1);
        return new DataViewRowId(low, high);
    }

    public bool Equals(DataViewRowId other) => Low == other.Low && High == other.High;
    public override bool Equals(object obj) => obj is DataViewRowId other && Equals(other);

    public int CompareTo(DataViewRowId other)
    {
        var byHigh = High.CompareTo(other.High);
        return byHigh != 0 ? byHigh : Low.CompareTo(other.Low);
    }

    public override int GetHashCode() => HashCode.Combine(Low, High);
    public override string ToString() => $"{High:x16}{Low:x16}";

    // Two rounds of a 64-bit finalizer per half; only the spread of the ids matters, not their values.
    private static (ulong Low, ulong High) Mix(ulong low, ulong high)
    {
        low = Scramble(low + 0x9E3779B97F4A7C15UL + high * 0xC2B2AE3D27D4EB4FUL);
        high = Scramble(high + low);
        return (low, high);
    }

    private static ulong Scramble(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}
