using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden;

/// <summary>Schemas, rows and values in the notation of the recording. Vectors are always written dense.</summary>
internal static class Dump
{
    private static readonly MethodInfo _cellReader =
        typeof(Dump).GetMethod(nameof(TypedCellReader), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>All columns, or those named in <paramref name="show"/>, with all their annotations.</summary>
    public static JsonArray Schema(DataViewSchema schema, IReadOnlySet<string>? show = null)
    {
        var columns = new JsonArray();
        foreach (DataViewSchema.Column column in schema.Where(column => show?.Contains(column.Name) ?? true))
        {
            var dumped = new JsonObject { ["name"] = column.Name, ["type"] = column.Type.ToString() };
            if (column.IsHidden)
                dumped["hidden"] = true;
            if (column.Annotations.Schema.Count > 0)
                dumped["annotations"] = Annotations(column.Annotations);
            columns.Add(dumped);
        }

        return columns;
    }

    public static JsonObject Annotations(DataViewSchema.Annotations annotations)
    {
        var dumped = new JsonObject();
        foreach (DataViewSchema.Column kind in annotations.Schema)
        {
            object value = AnnotationValues.Read(annotations, kind.Name);
            dumped[kind.Name] = new JsonObject { ["type"] = kind.Type.ToString(), ["value"] = Any(value) };
        }

        return dumped;
    }

    /// <summary>The columns that are not hidden, row by row.</summary>
    public static JsonArray Rows(IDataView view, IReadOnlySet<string>? show = null)
    {
        var columns = view.Schema.Where(column => !column.IsHidden && (show?.Contains(column.Name) ?? true)).ToList();
        using DataViewRowCursor cursor = view.GetRowCursor(columns);
        var readers = columns.Select(column => CellReader(cursor, column)).ToList();
        var rows = new JsonArray();
        while (cursor.MoveNext())
            rows.Add(new JsonArray([.. readers.Select(read => read())]));
        return rows;
    }

    public static JsonObject SchemaAndRows(IDataView view) =>
        new() { ["schema"] = Schema(view.Schema), ["rows"] = Rows(view) };

    /// <summary>One column, hidden or not.</summary>
    public static JsonArray Column(IDataView view, DataViewSchema.Column column)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        Func<JsonNode?> read = CellReader(cursor, column);
        var values = new JsonArray();
        while (cursor.MoveNext())
            values.Add(read());
        return values;
    }

    /// <summary>A value of a column, a fact of a scenario, or a list of either.</summary>
    public static JsonNode? Any(object? value) => value switch
    {
        null => null,
        JsonNode node => node,
        string text => text,
        ReadOnlyMemory<char> text => text.ToString(),
        bool flag => flag,
        float number => float.IsFinite(number) ? Number(number.ToString("G9", CultureInfo.InvariantCulture)) : Special(number),
        double number => double.IsFinite(number) ? Number(number.ToString("G17", CultureInfo.InvariantCulture)) : Special(number),
        ulong number => number < 1UL << 53 ? Number(number.ToString(CultureInfo.InvariantCulture)) : number.ToString(CultureInfo.InvariantCulture),
        sbyte or byte or short or ushort or int or uint or long => Number(string.Create(CultureInfo.InvariantCulture, $"{value}")),
        DateTime time => time.ToString("o", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("o", CultureInfo.InvariantCulture),
        TimeSpan span => span.ToString("c"),
        DataViewRowId id => id.ToString(),
        DataViewSchema schema => Schema(schema),
        IDictionary named => new JsonObject(named.Keys.Cast<string>().Select(key => KeyValuePair.Create(key, Any(named[key])))),
        _ when IsVector(value.GetType()) => new JsonArray([.. DenseValues(value).Select(Any)]),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(Any)]),
        _ => Members(value),
    };

    private static bool IsVector(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>);

    private static IEnumerable<object?> DenseValues(object vector) =>
        ((IEnumerable)vector.GetType().GetMethod("DenseValues")!.Invoke(vector, null)!).Cast<object?>();

    private static JsonNode Number(string text) => JsonNode.Parse(text)!;

    private static string Special(double number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A row object: its public fields and properties by name.</summary>
    private static JsonObject Members(object row)
    {
        var members = new JsonObject();
        foreach (FieldInfo field in row.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public))
            members[field.Name] = Any(field.GetValue(row));
        foreach (PropertyInfo property in row.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
            members[property.Name] = Any(property.GetValue(row));
        return members;
    }

    private static Func<JsonNode?> CellReader(DataViewRow row, DataViewSchema.Column column) =>
        (Func<JsonNode?>)_cellReader.MakeGenericMethod(column.Type.RawType)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [row, column], null)!;

    private static Func<JsonNode?> TypedCellReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return Any(value);
        };
    }
}
