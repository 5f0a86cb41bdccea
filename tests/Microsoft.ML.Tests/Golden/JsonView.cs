using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden;

/// <summary>A view with exactly the columns and rows of a recording: one cursor, no shuffling, a known row count.</summary>
internal sealed class JsonView : IDataView
{
    private readonly object[][] _rows;

    public JsonView(JsonNode data)
    {
        var builder = new DataViewSchema.Builder();
        foreach (JsonNode? column in data["columns"]!.AsArray())
        {
            DataViewSchema.Annotations? annotations = column!["annotations"] is JsonObject kinds ? ParseAnnotations(kinds) : null;
            builder.AddColumn((string)column["name"]!, TypeNames.Parse((string)column["type"]!), annotations);
        }

        Schema = builder.ToSchema();
        _rows = [.. data["rows"]!.AsArray()
            .Select(row => Schema.Select(column => JsonValues.Parse(column.Type, row![column.Index])).ToArray())];
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => _rows.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, columnsNeeded);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    public static DataViewSchema.Annotations ParseAnnotations(JsonObject kinds)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        foreach ((string kind, JsonNode? annotation) in kinds)
        {
            DataViewType type = TypeNames.Parse((string)annotation!["type"]!);
            AnnotationValues.Add(builder, kind, type, JsonValues.Parse(type, annotation["value"]));
        }

        return builder.ToAnnotations();
    }

    private sealed class Cursor(JsonView view, IEnumerable<DataViewSchema.Column> columnsNeeded) : DataViewRowCursor
    {
        private readonly HashSet<int> _active = [.. columnsNeeded.Select(column => column.Index)];
        private long _position = -1;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

        public override bool MoveNext()
        {
            if (_position < view._rows.Length)
                _position++;
            if (_position < view._rows.Length)
                return true;
            _position = -1;
            return false;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!IsColumnActive(column))
                throw new InvalidOperationException($"Column '{column.Name}' is not active.");
            if (column.Type.RawType != typeof(TValue))
                throw new InvalidOperationException($"Column '{column.Name}' has type {column.Type}, not {typeof(TValue)}.");
            return (ref TValue value) => value = (TValue)view._rows[_position][column.Index];
        }
    }
}
