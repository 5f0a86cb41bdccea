using Microsoft.ML;
using Microsoft.ML.Data;
using static System.FormattableString;

namespace MLNet.FlipReg.Scoring;

/// <summary>Reads several columns of a row into one vector: sparse where most of its values are 0, else dense. For one caller at a time.</summary>
internal sealed class FeatureJoin
{
    /// <summary>A vector of more values than this share of its slots is made dense.</summary>
    private const int SparseShare = 4;

    private readonly Part[] _parts;
    private readonly int _width;

    public FeatureJoin(DataViewRow row, FeatureSources sources)
    {
        _width = sources.Width;
        _parts = [.. sources.Columns.All.Zip(sources.All, (column, source) => Part.Of(row, source, column))];
    }

    /// <summary>Reads the row that the cursor is on.</summary>
    public void Read(ref VBuffer<float> features)
    {
        var values = 0;
        foreach (var part in _parts)
        {
            part.Read();
            values += part.Value.GetValues().Length;
        }

        if (values <= _width / SparseShare)
            JoinSparse(ref features, values);
        else
            JoinDense(ref features);
    }

    private void JoinDense(ref VBuffer<float> features)
    {
        var editor = VBufferEditor.Create(ref features, _width);
        var first = 0;
        foreach (var part in _parts)
        {
            part.Value.CopyTo(editor.Values, first);
            first += part.Value.Length;
        }

        features = editor.Commit();
    }

    private void JoinSparse(ref VBuffer<float> features, int count)
    {
        var editor = VBufferEditor.Create(ref features, _width, count);
        var (first, next) = (0, 0);
        foreach (var part in _parts)
        {
            var values = part.Value.GetValues();
            values.CopyTo(editor.Values[next..]);
            for (var i = 0; i < values.Length; i++)
                editor.Indices[next + i] = first + (part.Value.IsDense ? i : part.Value.GetIndices()[i]);
            next += values.Length;
            first += part.Value.Length;
        }

        features = editor.Commit();
    }

    /// <summary>A column of the row.</summary>
    private abstract class Part(FeatureColumn column)
    {
        /// <summary>The column's values, as they were read last.</summary>
        public VBuffer<float> Value;

        public static Part Of(DataViewRow row, DataViewSchema.Column source, FeatureColumn column)
        {
            var item = ((source.Type as VectorDataViewType)?.ItemType ?? source.Type).RawType;
            return item == typeof(float) ? Create(row, source, column, (float value) => value)
                : item == typeof(byte) ? Create(row, source, column, (byte key) => Number(key, column))
                : item == typeof(ushort) ? Create(row, source, column, (ushort key) => Number(key, column))
                : item == typeof(uint) ? Create(row, source, column, (uint key) => Number(key, column))
                : Create(row, source, column, (ulong key) => Number(key, column));
        }

        public void Read()
        {
            Fetch();
            if (Value.Length != column.Width)
                throw new InvalidOperationException(Invariant($"Column '{column.Name}' must hold {column.Width} values in every row. Got {Value.Length}. Make all rows equally long."));
        }

        protected abstract void Fetch();

        // A key beyond its type's count is missing, as to ML.NET's own transforms.
        private static float Number(ulong key, FeatureColumn column) => key <= (ulong)column.Categories! ? key : 0;

        private static Part Create<T>(DataViewRow row, DataViewSchema.Column source, FeatureColumn column, Func<T, float> convert)
            where T : unmanaged => source.Type is VectorDataViewType
                ? new Vector<T>(row.GetGetter<VBuffer<T>>(source), column, convert)
                : new Single<T>(row.GetGetter<T>(source), column, convert);
    }

    private sealed class Single<T>(ValueGetter<T> getter, FeatureColumn column, Func<T, float> convert) : Part(column)
        where T : unmanaged
    {
        protected override void Fetch()
        {
            T value = default;
            getter(ref value);
            var editor = VBufferEditor.Create(ref Value, 1);
            editor.Values[0] = convert(value);
            Value = editor.Commit();
        }
    }

    private sealed class Vector<T>(ValueGetter<VBuffer<T>> getter, FeatureColumn column, Func<T, float> convert) : Part(column)
        where T : unmanaged
    {
        private VBuffer<T> _vector;

        protected override void Fetch()
        {
            if (getter is ValueGetter<VBuffer<float>> numbers)
            {
                numbers(ref Value);
                return;
            }

            getter(ref _vector);
            var values = _vector.GetValues();
            var editor = _vector.IsDense ? VBufferEditor.Create(ref Value, _vector.Length) : VBufferEditor.Create(ref Value, _vector.Length, values.Length);
            for (var i = 0; i < values.Length; i++)
                editor.Values[i] = convert(values[i]);
            if (!_vector.IsDense)
                _vector.GetIndices().CopyTo(editor.Indices);
            Value = editor.Commit();
        }
    }
}
