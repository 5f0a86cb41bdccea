namespace Microsoft.ML
{
    public sealed partial class DataOperationsCatalog
    {
        public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, SchemaDefinition schemaDefinition = null)
            where TRow : class
        {
            Contracts.CheckValue(data, nameof(data));
            return new EnumerableView<TRow>(data, schemaDefinition);
        }

        public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, DataViewSchema schema)
            where TRow : class
        {
            Contracts.CheckValue(data, nameof(data));
            Contracts.CheckValue(schema, nameof(schema));
            return new EnumerableView<TRow>(data, SchemaDefinition.For(typeof(TRow), schema));
        }

        public IEnumerable<TRow> CreateEnumerable<TRow>(IDataView data, bool reuseRowObject, bool ignoreMissingColumns = false,
            SchemaDefinition schemaDefinition = null)
            where TRow : class, new()
        {
            Contracts.CheckValue(data, nameof(data));
            // Bound here, not in the iterator, so that a mismatch is thrown by this call.
            return Enumerate(data, new RowBinding<TRow>(data.Schema, ignoreMissingColumns, schemaDefinition), reuseRowObject);
        }

        private static IEnumerable<TRow> Enumerate<TRow>(IDataView data, RowBinding<TRow> binding, bool reuseRowObject)
            where TRow : class, new()
        {
            using var cursor = data.GetRowCursor(binding.Columns);
            var fill = binding.Filler(cursor);
            TRow row = null;
            while (cursor.MoveNext())
            {
                if (row is null || !reuseRowObject)
                    row = new TRow();
                fill(row);
                yield return row;
            }
        }
    }
}

namespace Microsoft.ML.Data
{
    /// <summary>A view of objects; enumerated anew by each cursor.</summary>
    internal sealed class EnumerableView<TRow> : IDataView
        where TRow : class
    {
        private readonly IEnumerable<TRow> _data;
        private readonly BoundColumn[] _columns;

        public EnumerableView(IEnumerable<TRow> data, SchemaDefinition definition)
        {
            _data = data;
            _columns = BoundColumn.Resolve(typeof(TRow), definition, SchemaDefinition.Direction.Read);
            Schema = BoundColumn.SchemaOf(_columns);
        }

        public bool CanShuffle => false;
        public DataViewSchema Schema { get; }
        public long? GetRowCount() => (_data as ICollection<TRow>)?.Count;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
            => new Cursor(this, RowHelpers.ActiveMask(Schema, columnsNeeded));

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
            => [GetRowCursor(columnsNeeded, rand)];

        private sealed class Cursor : RootCursor, TypedGetters.IHolder<TRow>
        {
            private readonly EnumerableView<TRow> _parent;
            private readonly Delegate[] _getters;
            private readonly IEnumerator<TRow> _rows;

            public Cursor(EnumerableView<TRow> parent, bool[] active)
            {
                _parent = parent;
                _getters = parent._columns.Select((c, i) => active[i] ? TypedGetters.Create(c, this) : null).ToArray();
                _rows = parent._data.GetEnumerator();
            }

            // Null before the first row and after the last, so that getters fail there as the real ones do.
            public TRow Current { get; private set; }
            public override DataViewSchema Schema => _parent.Schema;

            public override bool IsColumnActive(DataViewSchema.Column column)
            {
                Contracts.Check((uint)column.Index < (uint)_getters.Length, $"Column index must be between 0 and {_getters.Length}");
                return _getters[column.Index] is not null;
            }

            public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            {
                CheckActive(IsColumnActive(column));
                return RowHelpers.Cast<TValue>(_getters[column.Index], Schema[column.Index]);
            }

            protected override bool MoveNextCore()
            {
                if (!_rows.MoveNext())
                    return false;
                Current = _rows.Current ?? throw Contracts.Except("Encountered null when iterating over data, this is not supported.");
                return true;
            }

            protected override void Dispose(bool disposing)
            {
                Current = null;
                if (disposing)
                    _rows.Dispose();
                base.Dispose(disposing);
            }
        }
    }
}
