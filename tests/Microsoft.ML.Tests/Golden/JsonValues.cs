using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden;

/// <summary>Reads values of a column's raw type from the notation of the recording.</summary>
internal static class JsonValues
{
    private static readonly MethodInfo _parseVector =
        typeof(JsonValues).GetMethod(nameof(ParseVector), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>The value in the type that a getter of this column type gives.</summary>
    public static object Parse(DataViewType type, JsonNode? json) =>
        type is VectorDataViewType vector
            ? _parseVector.MakeGenericMethod(vector.ItemType.RawType).Invoke(null, [json])!
            : ParseScalar(type.RawType, json);

    private static object ParseVector<T>(JsonNode? json)
    {
        if (json is null)
            return default(VBuffer<T>);
        if (json is JsonArray dense)
            return new VBuffer<T>(dense.Count, Items<T>(dense));
        T[] values = Items<T>(json["values"]!.AsArray());
        int[] indices = Items<int>(json["indices"]!.AsArray());
        return new VBuffer<T>((int)json["length"]!, values.Length, values, indices);
    }

    private static T[] Items<T>(JsonArray items) => [.. items.Select(item => (T)ParseScalar(typeof(T), item))];

    private static object ParseScalar(Type type, JsonNode? json)
    {
        if (type == typeof(ReadOnlyMemory<char>))
            return json is null ? default : ((string)json!).AsMemory();
        if (type == typeof(bool))
            return (bool)json!;
        string text = json!.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)json! : json.ToJsonString();
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (type == typeof(float))
            return float.Parse(text, culture);
        if (type == typeof(double))
            return double.Parse(text, culture);
        if (type == typeof(DateTime))
            return DateTime.Parse(text, culture, DateTimeStyles.RoundtripKind);
        if (type == typeof(DateTimeOffset))
            return DateTimeOffset.Parse(text, culture, DateTimeStyles.RoundtripKind);
        if (type == typeof(TimeSpan))
            return TimeSpan.Parse(text, culture);
        return Convert.ChangeType(text, type, culture);
    }
}
