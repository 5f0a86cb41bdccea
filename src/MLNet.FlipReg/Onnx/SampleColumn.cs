using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static System.FormattableString;

namespace MLNet.FlipReg.Onnx;

/// <summary>The first values of a column, for ONNX Runtime and from it.</summary>
internal abstract class SampleColumn
{
    /// <summary>Rows read.</summary>
    public abstract int Rows { get; }

    /// <summary>Reads columns of a view.</summary>
    /// <param name="view">The view.</param>
    /// <param name="names">The columns.</param>
    /// <param name="maximumRows">Rows to read at most.</param>
    public static IReadOnlyList<SampleColumn> Read(IDataView view, IReadOnlyList<string> names, int maximumRows)
    {
        DataViewSchema.Column[] columns = [.. names.Select(name => view.Schema[name])];
        using var cursor = view.GetRowCursor(columns);
        List<(SampleColumn Column, Action Take)> all = [.. columns.Select(c => Of(cursor, c))];
        for (var row = 0; row < maximumRows && cursor.MoveNext(); row++)
        {
            foreach (var (_, take) in all)
                take();
        }

        return [.. all.Select(p => p.Column)];
    }

    /// <summary>The first rows as an input.</summary>
    public abstract NamedOnnxValue ToOnnx(int rows);

    /// <summary>The largest difference of the first rows from an output's; null where the values are no real numbers.</summary>
    /// <exception cref="InvalidOperationException">A number differs by more than the tolerance, or another value at all.</exception>
    public abstract double? Compare(NamedOnnxValue output, int rows, double tolerance);

    private static (SampleColumn Column, Action Take) Of(DataViewRow row, DataViewSchema.Column column)
    {
        var type = (column.Type as VectorDataViewType)?.ItemType ?? column.Type;
        // Texts are the only items whose type differs from that in ONNX.
        return type is TextDataViewType ? Of<ReadOnlyMemory<char>, string>(row, column, text => text.ToString())
            : type.RawType == typeof(float) ? Of<float>(row, column)
            : type.RawType == typeof(double) ? Of<double>(row, column)
            : type.RawType == typeof(bool) ? Of<bool>(row, column)
            : type.RawType == typeof(byte) ? Of<byte>(row, column)
            : type.RawType == typeof(sbyte) ? Of<sbyte>(row, column)
            : type.RawType == typeof(ushort) ? Of<ushort>(row, column)
            : type.RawType == typeof(short) ? Of<short>(row, column)
            : type.RawType == typeof(uint) ? Of<uint>(row, column)
            : type.RawType == typeof(int) ? Of<int>(row, column)
            : type.RawType == typeof(ulong) ? Of<ulong>(row, column)
            : type.RawType == typeof(long) ? Of<long>(row, column)
            : throw new InvalidOperationException($"A column that is verified must hold numbers, booleans or texts. Column '{column.Name}' is a {column.Type}. Leave Verify false.");
    }

    private static (SampleColumn Column, Action Take) Of<T>(DataViewRow row, DataViewSchema.Column column)
        where T : notnull => Of<T, T>(row, column, value => value);

    private static (SampleColumn Column, Action Take) Of<TItem, T>(DataViewRow row, DataViewSchema.Column column, Func<TItem, T> convert)
        where T : notnull
    {
        // The graph declares an image's three dimensions.
        var values = new Values<T>(column.Name, (column.Type as VectorDataViewType)?.Dimensions is { Length: 3 } dimensions ? [.. dimensions] : null);
        if (column.Type is not VectorDataViewType)
        {
            var getter = row.GetGetter<TItem>(column);
            return (values, () =>
            {
                TItem value = default!;
                getter(ref value);
                values.All.Add([convert(value)]);
            }
            );
        }

        var vectors = row.GetGetter<VBuffer<TItem>>(column);
        VBuffer<TItem> buffer = default;
        return (values, () =>
        {
            vectors(ref buffer);
            values.All.Add([.. buffer.DenseValues().Select(convert)]);
        }
        );
    }

    private sealed class Values<T>(string name, int[]? dimensions) : SampleColumn
        where T : notnull
    {
        public List<T[]> All { get; } = [];

        public override int Rows => All.Count;

        public override NamedOnnxValue ToOnnx(int rows) => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(All.Take(rows).SelectMany(r => r).ToArray(), dimensions is null ? [rows, All[0].Length] : [rows, .. dimensions]));

        public override double? Compare(NamedOnnxValue output, int rows, double tolerance)
        {
            T[] expected = [.. All.Take(rows).SelectMany(r => r)], actual = output.Value is IEnumerable<T> values ? [.. values] : [];
            if (expected.Length != actual.Length)
                throw new InvalidOperationException(Invariant($"Output '{name}' of the ONNX model must hold {expected.Length} values of {typeof(T).Name} for {rows} rows. Got {(actual.Length == 0 ? "values of another type" : Invariant($"{actual.Length}"))}. Nothing was written."));
            double? largest = null;
            for (var i = 0; i < expected.Length; i++)
            {
                var difference = Difference(expected[i], actual[i]);
                if (difference > tolerance)
                {
                    var (limit, all) = (typeof(T) == typeof(float) || typeof(T) == typeof(double) ? Invariant($"within Tolerance {tolerance}") : "exactly", expected.Length / rows);
                    throw new InvalidOperationException(Invariant($"The ONNX model must give what the pipeline gives, column '{name}' {limit}. Got {actual[i]} in place of {expected[i]} in row {i / all}. Nothing was written. Replace the transform that ONNX Runtime computes otherwise, set Tolerance, or take the whole pipeline along with Model.Save and Model.Load."));
                }

                if (expected[i] is float or double)
                    largest = Math.Max(largest ?? 0, difference);
            }

            return largest;
        }

        private static double Difference(T expected, T actual) => (expected, actual) switch
        {
            _ when Equals(expected, actual) => 0,
            (float a, float b) when !float.IsNaN(a) && !float.IsNaN(b) => Math.Abs((double)a - b),
            (double a, double b) when !double.IsNaN(a) && !double.IsNaN(b) => Math.Abs(a - b),
            _ => double.PositiveInfinity,
        };
    }
}
