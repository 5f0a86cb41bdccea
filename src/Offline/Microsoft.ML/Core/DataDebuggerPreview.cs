using System.Collections.Immutable;

namespace Microsoft.ML
{
    public static class DebuggerExtensions
    {
        public static DataDebuggerPreview Preview(this IDataView data, int maxRows = 100) => new(data, maxRows);
    }
}

namespace Microsoft.ML.Data
{
    public sealed class DataDebuggerPreview
    {
        internal DataDebuggerPreview(IDataView data, int maxRows)
        {
            Contracts.CheckValue(data, nameof(data));
            Contracts.CheckParam(maxRows >= 0, nameof(maxRows));
            Schema = data.Schema;
            var rows = new List<RowInfo>();
            using (var cursor = data.GetRowCursor(Schema))
            {
                var readers = Schema.Select(c => GenericCall.Invoke<Func<object>>(Reader<int>, c.Type.RawType, cursor, c)).ToArray();
                while (rows.Count < maxRows && cursor.MoveNext())
                    rows.Add(new RowInfo(Schema.Select((c, i) => KeyValuePair.Create(c.Name, readers[i]())).ToArray()));
            }
            RowView = [.. rows];
            ColumnView = [.. Schema.Select(c => new ColumnInfo(c, rows.Select(row => row.Values[c.Index].Value).ToArray()))];
        }

        public DataViewSchema Schema { get; }
        public ImmutableArray<ColumnInfo> ColumnView { get; }
        public ImmutableArray<RowInfo> RowView { get; }
        public override string ToString() => $"{Schema.Count} columns, {RowView.Length} rows";

        private static Func<object> Reader<T>(DataViewRow row, DataViewSchema.Column column)
        {
            var getter = row.GetGetter<T>(column);
            return () =>
            {
                T value = default;
                getter(ref value);
                return value;
            };
        }

        public sealed class RowInfo
        {
            internal RowInfo(KeyValuePair<string, object>[] values) => Values = values;
            public KeyValuePair<string, object>[] Values { get; }
            public override string ToString() => $"{Values.Length} columns";
        }

        public sealed class ColumnInfo
        {
            internal ColumnInfo(DataViewSchema.Column column, object[] values)
            {
                Column = column;
                Values = values;
            }

            public DataViewSchema.Column Column { get; }
            public object[] Values { get; }
            public override string ToString() => $"{Column.Name}: {Column.Type}";
        }
    }
}
