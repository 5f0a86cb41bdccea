using Microsoft.ML.Data;

// Most members are written by readers only, some on purpose by nobody.
#pragma warning disable CS0169, CS0414, CS0649, IDE0044, IDE0051, IDE0052

namespace Microsoft.ML.Tests.Golden.Scenarios;

internal sealed class AB
{
    public float A;
    public string? B;

    public static AB[] Rows => [new() { A = 1, B = "x" }, new() { A = float.NaN }, new() { A = 3, B = "" }];
}

internal sealed class ABProps
{
    public float A { get; set; }

    public string? B { get; set; }
}

internal sealed class AOnly
{
    public float A;
}

internal sealed class ABC
{
    public float A;
    public string? B;
    public double C;
}

internal sealed class DA
{
    public double A;
}

internal sealed class StrA
{
    public string? A;
}

internal sealed class AllKinds
{
    public bool Bo;
    public sbyte I1;
    public byte U1;
    public short I2;
    public ushort U2;
    public int I4;
    public uint U4;
    public long I8;
    public ulong U8;
    public float R4;
    public double R8;
    public string? S;
    public ReadOnlyMemory<char> M;
    public DateTime Dt;
    public DateTimeOffset Dto;
    public TimeSpan Ts;
    public float[]? Va;

    [VectorType(2)]
    public float[]? V2;

    [VectorType(2, 3)]
    public float[]? V23;

    public VBuffer<float> Vb;
    public string?[]? Sa;

    [KeyType(5)]
    public uint K;

    [KeyType(3)]
    public byte Kb;

    [NoColumn]
    public int Skip;

    [ColumnName("Renamed")]
    public int R;

    private int _private = 1;
    public static int Static = 1;
    public const int Const = 1;

    public int Prop { get; set; }

    public int ReadOnlyProp { get; }
}

internal sealed class VecRow
{
    [VectorType(3)]
    public float[]? F;

    public string? L;
}

internal sealed class VecRowVar
{
    public float[]? F;
}

internal sealed class VbRow
{
    public VBuffer<float> F;
}

internal sealed class IdRow
{
    public DataViewRowId Id;
    public float A;
}

internal sealed class KeyRow
{
    [KeyType(5)]
    public uint K;
}

internal sealed class KeyOnInt
{
    [KeyType(5)]
    public int K;
}

internal sealed class KeyNoCount
{
    [KeyType]
    public uint K;
}

internal sealed class GroupKeyRow
{
    public uint GroupKey;
}

internal sealed class VecOnScalar
{
    [VectorType(3)]
    public float F;
}

internal sealed class DupName
{
    public float A;

    [ColumnName("A")]
    public float B;
}

internal sealed class NullableRow
{
    public float? A;
}

internal sealed class ObjectRow
{
    public object? O;
}

internal sealed class DecimalRow
{
    public decimal D;
}

internal sealed class Empty
{
    private int _hidden;
}

internal sealed class NumberedRow
{
    public int Id;

    public static NumberedRow[] Rows(int count) => [.. Enumerable.Range(0, count).Select(id => new NumberedRow { Id = id })];
}
