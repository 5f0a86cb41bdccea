using Microsoft.ML.Data;

// The members are filled by the loader.
#pragma warning disable CS0649

namespace Microsoft.ML.Tests.Golden.Text;

/// <summary>The classes that the recording of the text loader used.</summary>
internal static class TypedRows
{
    public static readonly Type[] All =
    [
        typeof(TypedBasic), typeof(TypedVector), typeof(TypedProps), typeof(TypedPartial), typeof(TypedNone),
        typeof(TypedIndices), typeof(TypedColumnName), typeof(TypedVectorMismatch),
    ];

    private sealed class TypedBasic
    {
        [LoadColumn(0)]
        public float A;

        [LoadColumn(1)]
        public float B;

        [LoadColumn(2)]
        public string? L;
    }

    private sealed class TypedVector
    {
        [LoadColumn(0, 2)]
        [VectorType(3)]
        public float[]? F;

        [LoadColumn(3)]
        [ColumnName("Label")]
        public string? L;
    }

    private sealed class TypedProps
    {
        [LoadColumn(0)]
        public float A { get; set; }

        [LoadColumn(1)]
        public double D { get; set; }

        [LoadColumn(2)]
        public string? S { get; set; }

        [LoadColumn(3)]
        public bool Flag { get; set; }
    }

    private sealed class TypedPartial
    {
        [LoadColumn(0)]
        public float A;

        public float B;
    }

    private sealed class TypedNone
    {
        public float A;

        public float B;
    }

    private sealed class TypedIndices
    {
        [LoadColumn([0, 2, 3])]
        [VectorType(3)]
        public float[]? F;
    }

    private sealed class TypedColumnName
    {
        [LoadColumn(1)]
        [ColumnName("Renamed")]
        public float A;
    }

    private sealed class TypedVectorMismatch
    {
        [LoadColumn(0, 2)]
        [VectorType(5)]
        public float[]? F;
    }
}
