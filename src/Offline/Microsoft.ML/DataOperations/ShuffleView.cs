namespace Microsoft.ML.Data;

/// <summary>
/// The rows of a source in an order drawn from a seed. A pool of rows is kept: each step serves one of them at random and
/// puts the source's next row in its place.
/// </summary>
internal sealed class ShuffleView(IDataView source, int seed, int poolSize, bool shuffleSource) : WrappedView(source)
{
    public override bool CanShuffle => true;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        rand ??= new Random(seed);
        var active = RowHelpers.ActiveMask(Schema, columnsNeeded);
        var input = Source.GetRowCursor(Schema.Where(c => active[c.Index]), shuffleSource && Source.CanShuffle ? new Random(rand.Next()) : null);
        return poolSize == 1 ? input : new Cursor(input, active, rand, poolSize);
    }

    private sealed class Cursor : RootCursor
    {
        private readonly DataViewRowCursor _input;
        private readonly Random _random;
        private readonly int _poolSize;
        private readonly ValueBuffer[] _columns;
        private readonly List<Action<int>> _writers = [];
        private readonly ValueGetter<DataViewRowId> _idOfInput;
        private readonly List<DataViewRowId> _ids = [];
        private readonly List<int> _unserved = [];
        private int _current = -1;

        public Cursor(DataViewRowCursor input, bool[] active, Random random, int poolSize)
        {
            _input = input;
            _random = random;
            _poolSize = poolSize;
            _idOfInput = input.GetIdGetter();
            _columns = new ValueBuffer[active.Length];
            foreach (var column in input.Schema.Where(c => active[c.Index]))
            {
                _columns[column.Index] = ValueBuffer.Create(column.Type);
                _writers.Add(_columns[column.Index].Writer(input, column));
            }
        }

        public override DataViewSchema Schema => _input.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _columns[column.Index] is not null;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[Place()];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            CheckActive(IsColumnActive(column));
            return RowHelpers.Cast<TValue>(_columns[column.Index].Reader(Place), column);
        }

        protected override bool MoveNextCore()
        {
            if (_current >= 0)
            {
                if (_input.MoveNext())
                    Store(_current);
            }
            else
            {
                while (_unserved.Count < _poolSize && _input.MoveNext())
                    Store(_unserved.Count);
            }
            if (_unserved.Count == 0)
                return false;
            var pick = _random.Next(_unserved.Count);
            _current = _unserved[pick];
            _unserved[pick] = _unserved[^1];
            _unserved.RemoveAt(_unserved.Count - 1);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _input.Dispose();
            base.Dispose(disposing);
        }

        private void Store(int place)
        {
            foreach (var write in _writers)
                write(place);
            DataViewRowId id = default;
            _idOfInput(ref id);
            if (place == _ids.Count)
                _ids.Add(id);
            else
                _ids[place] = id;
            _unserved.Add(place);
        }

        private int Place()
        {
            CheckAtRow();
            return _current;
        }
    }
}
