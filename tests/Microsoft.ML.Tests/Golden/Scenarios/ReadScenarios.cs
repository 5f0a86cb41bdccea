using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden.Scenarios;

/// <summary>GetColumn, CreateEnumerable and Preview.</summary>
internal static class ReadScenarios
{
    private static readonly MLContext _ml = new(1);

    [Scenario("dataview/get-column")]
    public static void GetColumn(Facts facts)
    {
        var view = new JsonView(JsonNode.Parse("""
            {"columns": [
                {"name": "A", "type": "Single"}, {"name": "T", "type": "String"}, {"name": "V", "type": "Vector<Single, 2>"},
                {"name": "K", "type": "Key<UInt32, 0-2>"}, {"name": "VT", "type": "Vector<String>"}],
             "rows": [[1.5, "x", [1, 2], 1, ["p", ""]], ["NaN", "", [3, 4], 0, ["q", "r"]]]}
            """)!);
        facts.Add("A as float", () => view.GetColumn<float>("A").ToList());
        facts.Add("A as double", () => view.GetColumn<double>("A").ToList());
        facts.Add("A as float?", () => view.GetColumn<float?>("A").ToList());
        facts.Add("A as object", () => view.GetColumn<object>("A").ToList());
        facts.Add("T as string", () => view.GetColumn<string>("T").ToList());
        facts.Add("T as memory", () => view.GetColumn<ReadOnlyMemory<char>>("T").ToList());
        facts.Add("V as float[]", () => view.GetColumn<float[]>("V").ToList());
        facts.Add("V as VBuffer", () => view.GetColumn<VBuffer<float>>("V").ToList());
        facts.Add("V as double[]", () => view.GetColumn<double[]>("V").ToList());
        facts.Add("K as uint", () => view.GetColumn<uint>("K").ToList());
        facts.Add("K as int", () => view.GetColumn<int>("K").ToList());
        facts.Add("K as string", () => view.GetColumn<string>("K").ToList());
        facts.Add("VT as string[]", () => view.GetColumn<string[]>("VT").ToList());
        facts.Add("missing name", () => view.GetColumn<float>("Q").ToList());
        facts.Add("by Column", () => view.GetColumn<float>(view.Schema["A"]).ToList());
        facts.Add("array rows are distinct objects", () => view.GetColumn<float[]>("V").Distinct(ReferenceEqualityComparer.Instance).Count() == 2);
        facts.Add("T empty string is null", () => view.GetColumn<string>("T").Last() is null);
    }

    [Scenario("dataview/create-enumerable")]
    public static void CreateEnumerable(Facts facts)
    {
        IDataView view = _ml.Data.LoadFromEnumerable(AB.Rows);
        facts.Add("AB", () => Read<AB>(view));
        facts.Add("ABProps", () => Read<ABProps>(view));
        facts.Add("AOnly", () => Read<AOnly>(view));
        facts.Add("reuseTrueSameObject", () => SameObject(view, reuse: true));
        facts.Add("reuseFalseSameObject", () => SameObject(view, reuse: false));
        facts.Add("missingColumn", () => Read<ABC>(view));
        facts.Add("missingColumnIgnored", () => Read<ABC>(view, ignoreMissingColumns: true));
        facts.Add("wrongTypeDouble", () => Read<DA>(view));
        facts.Add("wrongTypeString", () => Read<StrA>(view));
        facts.Add("wrongTypeIgnoreMissing", () => Read<DA>(view, ignoreMissingColumns: true));
        facts.Add("errorAtCallNotAtEnumeration", () =>
        {
            try
            {
                _ = _ml.Data.CreateEnumerable<ABC>(view, reuseRowObject: false);
                return "at enumeration";
            }
            catch (ArgumentOutOfRangeException)
            {
                return "at call";
            }
        });
        facts.Add("nullStringComesBackAs", () => Read<AB>(view)[1].B switch { null => "null", "" => "empty", _ => "text" });
        var fromB = SchemaDefinition.Create(typeof(StrA));
        fromB["A"].ColumnName = "B";
        facts.Add("schemaDefinition", () =>
            _ml.Data.CreateEnumerable<StrA>(view, reuseRowObject: false, schemaDefinition: fromB).ToList());
        Vectors(facts);
        facts.Add("rowIdField", () => Read<IdRow>(_ml.Data.LoadFromEnumerable([new IdRow { A = 1 }, new IdRow { A = 2 }])));
    }

    private static void Vectors(Facts facts)
    {
        IDataView fixedSize = _ml.Data.LoadFromEnumerable(
            [new VecRow { F = [1, 2, 3], L = "x" }, new VecRow { F = [4, 5, 6], L = "y" }]);
        IDataView variable = _ml.Data.LoadFromEnumerable([new VecRowVar { F = [1, 2, 3] }]);
        facts.Add("vector", () => Read<VecRow>(fixedSize));
        facts.Add("vectorAsVariable", () => Read<VecRowVar>(fixedSize));
        facts.Add("vectorAsVBuffer", () => Read<VbRow>(fixedSize));
        facts.Add("arrayReusedWhenReuseTrue", () =>
            _ml.Data.CreateEnumerable<VecRow>(fixedSize, reuseRowObject: true)
                .Select(row => row.F).Distinct(ReferenceEqualityComparer.Instance).Count() == 1);
        facts.Add("variableToFixed", () => Read<VecRow>(variable, ignoreMissingColumns: true));
    }

    [Scenario("dataview/preview")]
    public static void Preview(Facts facts)
    {
        IDataView source = _ml.Data.LoadFromEnumerable(AB.Rows);
        IDataView view = _ml.Transforms.Concatenate("F", "A", "A").Fit(source).Transform(source);
        DataDebuggerPreview preview = view.Preview(2);
        facts["toString"] = preview.ToString();
        facts["columnCount"] = preview.ColumnView.Length;
        facts["rowCount"] = preview.RowView.Length;
        facts["columns"] = preview.ColumnView.Select(column => new Dictionary<string, object>
        {
            ["name"] = column.Column.Name,
            ["toString"] = column.ToString(),
            ["values"] = column.Values,
            ["valueTypes"] = column.Values.Select(value => ShortName(value.GetType())).ToList(),
        });
        facts["rows"] = preview.RowView.Select(row => new Dictionary<string, object>
        {
            ["toString"] = row.ToString(),
            ["keys"] = row.Values.Select(value => value.Key).ToList(),
        });
        facts.Add("maxRows0", () => view.Preview(0).RowView.Length);
        facts.Add("maxRowsNegative", () => view.Preview(-1).RowView.Length);
        facts.Add("default", () => view.Preview().RowView.Length);
        IDataView hiding = _ml.Transforms.CopyColumns("A", "B").Fit(view).Transform(view);
        facts.Add("hiddenColumns", () => hiding.Preview().ColumnView.Select(column => $"{column.Column.Name}/{column.Column.Index}"));
    }

    private static string ShortName(Type type) =>
        type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(ShortName))}>" : type.Name;

    private static List<T> Read<T>(IDataView view, bool ignoreMissingColumns = false) where T : class, new() =>
        [.. _ml.Data.CreateEnumerable<T>(view, reuseRowObject: false, ignoreMissingColumns)];

    private static bool SameObject(IDataView view, bool reuse) =>
        _ml.Data.CreateEnumerable<AB>(view, reuse).Distinct(ReferenceEqualityComparer.Instance).Count() == 1;
}
