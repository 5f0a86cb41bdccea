using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden.Scenarios;

internal static class CursorScenarios
{
    [Scenario("dataview/cursor")]
    public static void OverEnumerable(Facts facts)
    {
        var ml = new MLContext(1);
        IDataView view = ml.Data.LoadFromEnumerable(AB.Rows);
        DataViewSchema.Column a = view.Schema["A"];
        DataViewSchema.Column b = view.Schema["B"];
        facts["schema"] = view.Schema;
        facts["rowCount"] = view.GetRowCount();
        facts["canShuffle"] = view.CanShuffle;
        facts["rows"] = Dump.Rows(view);

        using (DataViewRowCursor cursor = view.GetRowCursor([a]))
        {
            facts["positionBefore"] = cursor.Position;
            facts["batch"] = cursor.Batch;
            facts["isActiveA"] = cursor.IsColumnActive(a);
            facts["isActiveB"] = cursor.IsColumnActive(b);
            facts.Add("getGetterInactive", () => (object)cursor.GetGetter<ReadOnlyMemory<char>>(b));
            facts.Add("getGetterWrongType", () => (object)cursor.GetGetter<double>(a));
            ValueGetter<float> getter = cursor.GetGetter<float>(a);
            ValueGetter<DataViewRowId> idGetter = cursor.GetIdGetter();
            facts.Add("getterBeforeMoveNext", () => Read(getter));
            facts.Add("idGetterBeforeMoveNext", () => Read(idGetter));
            WalkThrough(facts, cursor, idGetter);
            facts.Add("getterAfterEnd", () => Read(getter));
            facts["moveNextAfterEnd"] = cursor.MoveNext();
            facts.Add("getGetterAfterEnd", () => cursor.GetGetter<float>(a) is not null);
            cursor.Dispose();
            facts.Add("moveNextAfterDispose", () => cursor.MoveNext());
            facts.Add("getterAfterDispose", () => Read(getter));
        }

        facts.Add("columnOfOtherSchema", () =>
        {
            IDataView other = ml.Data.LoadFromEnumerable(AB.Rows);
            using DataViewRowCursor cursor = view.GetRowCursor([other.Schema["A"]]);
            return $"no exception; A active: {cursor.IsColumnActive(a)}";
        });
        facts.Add("noColumns", () =>
        {
            using DataViewRowCursor cursor = view.GetRowCursor([]);
            int count = 0;
            while (cursor.MoveNext())
                count++;
            return count;
        });
        DataViewRowCursor[] set = view.GetRowCursorSet([a], 2);
        facts["cursorSetCount"] = set.Length;
        foreach (DataViewRowCursor cursor in set)
            cursor.Dispose();
    }

    [Scenario("dataview/cursor-over-transforms")]
    public static void OverTransforms(Facts facts)
    {
        var ml = new MLContext(1);
        IDataView view = ml.Data.LoadFromEnumerable(AB.Rows);
        IDataView Through(IEstimator<ITransformer> estimator) => estimator.Fit(view).Transform(view);

        OneCursor<float>(facts, "CopyColumns", Through(ml.Transforms.CopyColumns("Z", "A")), "Z");
        OneCursor<VBuffer<float>>(facts, "Concatenate", Through(ml.Transforms.Concatenate("Z", "A", "A")), "Z");
        OneCursor<uint>(facts, "MapValueToKey", Through(ml.Transforms.Conversion.MapValueToKey("Z", "B")), "Z");
        OneCursor<float>(facts, "TakeRows", ml.Data.TakeRows(view, 2));
        OneCursor<float>(facts, "SkipRows", ml.Data.SkipRows(view, 1));
        OneCursor<float>(facts, "Cache", ml.Data.Cache(view));
        OneCursor<float>(facts, "FilterRowsByColumn", ml.Data.FilterRowsByColumn(view, "A", lowerBound: 2));
        OneCursor<float>(facts, "SelectColumns", Through(ml.Transforms.SelectColumns("A", "B")));
    }

    [Scenario("dataview/row-ids")]
    public static void RowIds(Facts facts)
    {
        IDataView view = new MLContext(1).Data.LoadFromEnumerable(NumberedRow.Rows(5));
        using DataViewRowCursor cursor = view.GetRowCursor([]);
        ValueGetter<DataViewRowId> getter = cursor.GetIdGetter();
        var ids = new List<object>();
        while (cursor.MoveNext())
        {
            DataViewRowId id = Read(getter);
            ids.Add(new Dictionary<string, string> { ["low"] = $"{id.Low}", ["high"] = $"{id.High}", ["text"] = id.ToString() });
        }

        facts["ids"] = ids;
        facts["text12"] = new DataViewRowId(1, 2).ToString();
        facts["equal"] = new DataViewRowId(1, 2).Equals(new DataViewRowId(1, 2));
        facts["hashEqual"] = new DataViewRowId(1, 2).GetHashCode() == new DataViewRowId(1, 2).GetHashCode();
    }

    /// <summary>A cursor with only A active, and what it says about the inactive columns B and <paramref name="added"/>.</summary>
    private static void OneCursor<T>(Facts facts, string name, IDataView view, string? added = null)
    {
        facts.Add(name, () =>
        {
            DataViewSchema.Column a = view.Schema["A"];
            using DataViewRowCursor cursor = view.GetRowCursor([a]);
            var found = new Dictionary<string, object?>
            {
                ["rowCount"] = view.GetRowCount(),
                ["canShuffle"] = view.CanShuffle,
                ["positionBefore"] = cursor.Position,
                ["inactiveB"] = ExceptionFacts.ValueOrException(() => cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema["B"])),
            };
            if (added is not null)
                found["inactiveZ"] = ExceptionFacts.ValueOrException(() => cursor.GetGetter<T>(view.Schema[added]));
            found["wrongType"] = ExceptionFacts.ValueOrException(() => cursor.GetGetter<double>(a));
            var ids = new List<string>();
            var positions = new List<long>();
            ValueGetter<DataViewRowId> getter = cursor.GetIdGetter();
            while (cursor.MoveNext())
            {
                ids.Add(Read(getter).ToString());
                positions.Add(cursor.Position);
            }

            found["ids"] = ids;
            found["positions"] = positions;
            found["positionAfterEnd"] = cursor.Position;
            return found;
        });
    }

    private static void WalkThrough(Facts facts, DataViewRowCursor cursor, ValueGetter<DataViewRowId> idGetter)
    {
        var positions = new List<long>();
        var ids = new List<DataViewRowId>();
        while (cursor.MoveNext())
        {
            positions.Add(cursor.Position);
            ids.Add(Read(idGetter));
        }

        facts["positions"] = positions;
        facts["ids"] = ids;
        facts["positionAfterEnd"] = cursor.Position;
    }

    private static T Read<T>(ValueGetter<T> getter)
    {
        T value = default!;
        getter(ref value);
        return value;
    }
}
