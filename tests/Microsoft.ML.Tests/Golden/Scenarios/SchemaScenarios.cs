using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden.Scenarios;

internal static class SchemaScenarios
{
    [Scenario("dataview/schema-hidden")]
    public static void Hidden(Facts facts)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("A", NumberDataViewType.Single);
        builder.AddColumn("B", TextDataViewType.Instance);
        builder.AddColumn("A", NumberDataViewType.Double);
        DataViewSchema schema = builder.ToSchema();

        facts["schema"] = schema;
        facts["count"] = schema.Count;
        facts["indexOfA"] = schema["A"].Index;
        facts["typeOfA"] = schema["A"].Type.ToString();
        facts["getColumnOrNullMissing"] = schema.GetColumnOrNull("Q") is null;
        facts["caseSensitive"] = schema.GetColumnOrNull("a") is null;
        facts.Add("indexerMissing", () => schema["Q"]);
        facts.Add("indexerNull", () => schema[null!]);
        facts.Add("indexerOutside", () => schema[3]);
        facts["toString"] = schema.ToString();
        facts["columnToString"] = schema[0].ToString();
        facts["columnBToString"] = schema["B"].ToString();
        facts["annotationsToString"] = schema[0].Annotations.ToString();
        facts["enumerates"] = schema.Select(column => $"{column.Name}/{column.Index}/{column.IsHidden}");
        facts.Add("addColumnNullName", () => builder.AddColumn(null!, NumberDataViewType.Single));
        facts.Add("addColumnEmptyName", () => builder.AddColumn("", NumberDataViewType.Single));
        facts.Add("addColumnNullType", () => builder.AddColumn("C", null!));
    }

    [Scenario("dataview/annotations")]
    public static void Annotations(Facts facts)
    {
        var annotationsBuilder = new DataViewSchema.Annotations.Builder();
        annotationsBuilder.AddPrimitiveValue("x", NumberDataViewType.Int32, 5);
        annotationsBuilder.Add(
            "KeyValues",
            new VectorDataViewType(TextDataViewType.Instance, 2),
            (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(2, ["a".AsMemory(), "b".AsMemory()]));
        DataViewSchema.Annotations annotations = annotationsBuilder.ToAnnotations();
        var schemaBuilder = new DataViewSchema.Builder();
        schemaBuilder.AddColumn("K", new KeyDataViewType(typeof(uint), 2), annotations);
        schemaBuilder.AddColumn("N", NumberDataViewType.Single);
        DataViewSchema schema = schemaBuilder.ToSchema();
        DataViewSchema.Column column = schema["K"];

        facts["annotations"] = Dump.Annotations(annotations);
        facts["toString"] = annotations.ToString();
        facts.Add("getValue", () => Value<int>(annotations, "x"));
        facts.Add("getValueMissing", () => Value<int>(annotations, "nope"));
        facts.Add("getValueWrongType", () => Value<float>(annotations, "x"));
        facts["isNormalized"] = column.IsNormalized();
        facts["hasSlotNames"] = column.HasSlotNames();
        facts["hasKeyValues"] = column.HasKeyValues();
        facts.Add("getKeyValues", () => KeyValues(column));
        facts.Add("getKeyValuesAbsent", () => KeyValues(schema["N"]));
        facts.Add("getSlotNamesAbsent", () =>
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            schema["N"].GetSlotNames(ref names);
            return names;
        });
        facts["columnToString"] = column.ToString();
    }

    [Scenario("dataview/hidden-through-transform")]
    public static void HiddenThroughTransform(Facts facts)
    {
        var ml = new MLContext(1);
        IDataView source = ml.Data.LoadFromEnumerable(AB.Rows);
        IDataView view = ml.Transforms.CopyColumns("A", "B").Fit(source).Transform(source);
        facts["schema"] = view.Schema;
        facts["indexOfA"] = view.Schema["A"].Index;
        facts.Add("hiddenReadable", () => Dump.Column(view, view.Schema[0]));
        facts.Add("createEnumerable", () => ml.Data.CreateEnumerable<StrA>(view, reuseRowObject: false).ToList());
    }

    private static VBuffer<ReadOnlyMemory<char>> KeyValues(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetKeyValues(ref values);
        return values;
    }

    private static T Value<T>(DataViewSchema.Annotations annotations, string kind)
    {
        T value = default!;
        annotations.GetValue(kind, ref value);
        return value;
    }
}
