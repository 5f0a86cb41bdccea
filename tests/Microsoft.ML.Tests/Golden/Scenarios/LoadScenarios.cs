using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden.Scenarios;

/// <summary>LoadFromEnumerable and SchemaDefinition.</summary>
internal static class LoadScenarios
{
    private static readonly MLContext _ml = new(1);

    [Scenario("dataview/load-from-enumerable-kinds")]
    public static void Kinds(Facts facts)
    {
        var row = new AllKinds
        {
            Bo = true,
            I1 = -1,
            U1 = 2,
            I2 = -3,
            U2 = 4,
            I4 = -5,
            U4 = 6,
            I8 = -7,
            U8 = 8,
            R4 = 0.1f,
            R8 = 0.1,
            S = "s",
            M = "m".AsMemory(),
            Dt = new DateTime(2020, 1, 2),
            Dto = new DateTimeOffset(2020, 1, 2, 0, 0, 0, TimeSpan.FromHours(1)),
            Ts = TimeSpan.FromSeconds(90),
            Va = [1, 2],
            V2 = [3, 4],
            V23 = [1, 2, 3, 4, 5, 6],
            Vb = new VBuffer<float>(3, 1, [9], [1]),
            Sa = ["p", null],
            K = 2,
            Kb = 3,
            Skip = 10,
            R = 11,
            Prop = 12,
        };
        IDataView view = _ml.Data.LoadFromEnumerable([row]);
        facts["schema"] = view.Schema;
        facts.Add("rows", () => Dump.Rows(view));
        facts.Add("rowsOfDefaultObject", () => RowsOf(new AllKinds()));
    }

    [Scenario("dataview/load-from-enumerable-errors")]
    public static void Errors(Facts facts)
    {
        facts.Add("objectField", () => SchemaOf<ObjectRow>());
        facts.Add("decimalField", () => SchemaOf<DecimalRow>());
        facts.Add("keyTypeWithoutCount", () => SchemaOf<KeyNoCount>());
        facts.Add("keyOnInt", () => SchemaOf<KeyOnInt>());
        facts.Add("vectorTypeOnScalar", () => SchemaOf<VecOnScalar>());
        facts.Add("duplicateColumnName", () => SchemaOf<DupName>());
        facts.Add("nullable", () => SchemaOf<NullableRow>());
        facts.Add("noPublicMembers", () => SchemaOf<Empty>());
        facts.Add("nullEnumerable", () => _ml.Data.LoadFromEnumerable<AB>(null!));
        facts.Add("emptyArrayRows", () => RowsOf<AB>());
        facts.Add("nullRow", () => RowsOf(new AB(), null!));
        facts.Add("wrongVectorLength", () => RowsOf(new VecRow { F = new float[2], L = "x" }));
        facts.Add("nullVector", () => RowsOf(new VecRow { L = "x" }));
        facts.Add("nullVectorVariable", () => RowsOf(new VecRowVar()));
        facts.Add("vbufferNoSize", () => SchemaOf<VbRow>());
        facts.Add("lazyEnumerableRowCount", () => _ml.Data.LoadFromEnumerable(Lazily(AB.Rows)).GetRowCount());
        facts.Add("arrayRowCount", () => _ml.Data.LoadFromEnumerable(AB.Rows).GetRowCount());
        facts.Add("listRowCount", () => _ml.Data.LoadFromEnumerable(new List<AB> { new() }).GetRowCount());
        facts.Add("keyOutOfRange", () => RowsOf(new KeyRow { K = 7 }));
        facts.Add("lazyEnumerableCanShuffle", () => _ml.Data.LoadFromEnumerable(Lazily(AB.Rows)).CanShuffle);
        facts.Add("enumeratedAgainPerCursor", () =>
        {
            int started = 0;
            IEnumerable<AB> Counted()
            {
                started++;
                foreach (AB row in AB.Rows)
                    yield return row;
            }

            IDataView view = _ml.Data.LoadFromEnumerable(Counted());
            _ = Dump.Rows(view);
            _ = Dump.Rows(view);
            return started;
        });
    }

    [Scenario("dataview/schema-definition")]
    public static void Definitions(Facts facts)
    {
        var definition = SchemaDefinition.Create(typeof(VecRowVar));
        facts["columns"] = definition.Select(column => $"{column.MemberName}/{column.ColumnName}/{column.ColumnType}").ToList();
        definition["F"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2);
        VecRowVar[] rows = [new() { F = [1, 2] }];
        facts.Add("setType", () => _ml.Data.LoadFromEnumerable(rows, definition).Schema);
        facts.Add("wrongLengthRow", () => Dump.Rows(_ml.Data.LoadFromEnumerable([new VecRowVar { F = [1, 2, 3] }], definition)));
        facts.Add("missingIndexer", () => definition["nope"]);

        definition["F"].ColumnName = "Features";
        definition["Features"].AddAnnotation(
            "SlotNames",
            new VBuffer<ReadOnlyMemory<char>>(2, ["a".AsMemory(), "b".AsMemory()]),
            new VectorDataViewType(TextDataViewType.Instance, 2));
        facts.Add("renamed", () => _ml.Data.LoadFromEnumerable(rows, definition).Schema);

        var wrongType = SchemaDefinition.Create(typeof(AB));
        wrongType["A"].ColumnType = NumberDataViewType.Double;
        facts.Add("wrongType", () => _ml.Data.LoadFromEnumerable(AB.Rows, wrongType).Schema);

        var withoutA = SchemaDefinition.Create(typeof(AB));
        withoutA.Remove(withoutA["A"]);
        facts.Add("removedColumn", () => _ml.Data.LoadFromEnumerable(AB.Rows, withoutA).Schema);

        var key = SchemaDefinition.Create(typeof(GroupKeyRow));
        key["GroupKey"].ColumnType = new KeyDataViewType(typeof(uint), 3);
        facts.Add("keyType", () => _ml.Data.LoadFromEnumerable([new GroupKeyRow()], key).Schema);
    }

    private static DataViewSchema SchemaOf<T>() where T : class, new() => _ml.Data.LoadFromEnumerable([new T()]).Schema;

    private static JsonArray RowsOf<T>(params T[] rows) where T : class => Dump.Rows(_ml.Data.LoadFromEnumerable(rows));

    private static IEnumerable<T> Lazily<T>(IEnumerable<T> rows)
    {
        foreach (T row in rows)
            yield return row;
    }
}
