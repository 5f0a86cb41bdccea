using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden;

/// <summary>Reads column types back from <c>DataViewType.ToString()</c>, such as <c>Vector&lt;Key&lt;UInt32, 0-1&gt;, 3&gt;</c>.</summary>
internal static class TypeNames
{
    public static DataViewType Parse(string name)
    {
        if (name.StartsWith("Vector<", StringComparison.Ordinal))
            return ParseVector(name["Vector<".Length..^1]);
        return ParseItem(name);
    }

    private static VectorDataViewType ParseVector(string inner)
    {
        int itemEnd = inner.StartsWith("Key<", StringComparison.Ordinal) ? inner.IndexOf('>', StringComparison.Ordinal) + 1
            : inner.Contains(',', StringComparison.Ordinal) ? inner.IndexOf(',', StringComparison.Ordinal)
            : inner.Length;
        PrimitiveDataViewType item = ParseItem(inner[..itemEnd]);
        int[] dimensions = [.. inner[itemEnd..].Split(", ", StringSplitOptions.RemoveEmptyEntries)
            .Select(text => text == "*" ? 0 : int.Parse(text, CultureInfo.InvariantCulture))];
        return dimensions.Length == 0 ? new VectorDataViewType(item) : new VectorDataViewType(item, dimensions);
    }

    private static PrimitiveDataViewType ParseItem(string name)
    {
        if (name.StartsWith("Key<", StringComparison.Ordinal))
        {
            string[] parts = name["Key<".Length..^1].Split(", 0-");
            return new KeyDataViewType(Type.GetType("System." + parts[0])!, ulong.Parse(parts[1], CultureInfo.InvariantCulture) + 1);
        }

        return name switch
        {
            "String" => TextDataViewType.Instance,
            "Boolean" => BooleanDataViewType.Instance,
            "SByte" => NumberDataViewType.SByte,
            "Byte" => NumberDataViewType.Byte,
            "Int16" => NumberDataViewType.Int16,
            "UInt16" => NumberDataViewType.UInt16,
            "Int32" => NumberDataViewType.Int32,
            "UInt32" => NumberDataViewType.UInt32,
            "Int64" => NumberDataViewType.Int64,
            "UInt64" => NumberDataViewType.UInt64,
            "Single" => NumberDataViewType.Single,
            "Double" => NumberDataViewType.Double,
            "DateTime" => DateTimeDataViewType.Instance,
            "DateTimeOffset" => DateTimeOffsetDataViewType.Instance,
            "TimeSpan" => TimeSpanDataViewType.Instance,
            "DataViewRowId" => RowIdDataViewType.Instance,
            _ => throw new InvalidDataException($"A recording names the unknown type '{name}'."),
        };
    }
}
