using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>Runs exported pipelines in ONNX Runtime beside the pipelines themselves.</summary>
internal static class OnnxExports
{
    public static readonly int[] Batches = [1, 7, 256];

    public static byte[] Bytes(MLContext context, ITransformer model, IDataView data, OnnxExportOptions? options = null)
    {
        using var stream = new MemoryStream();
        context.Model.ExportOnnx(model, data, stream, options);
        return stream.ToArray();
    }

    /// <summary>Has all rows scored in batches of several sizes and compares every output with the pipeline's column.</summary>
    public static void Compare(byte[] model, ITransformer pipeline, IDataView data, double tolerance = 1e-5)
    {
        using var onnx = new OnnxScores(model);
        Compare(onnx.Session, pipeline, data, tolerance);
    }

    public static void Compare(InferenceSession session, ITransformer pipeline, IDataView data, double tolerance = 1e-5)
    {
        var scored = pipeline.Transform(data);
        var inputs = session.InputNames.Select(name => (Name: name, Rows: Rows(data, name))).ToList();
        var expected = session.OutputNames.Select(name => Rows(scored, name)).ToList();
        var count = inputs[0].Rows.Length;
        foreach (var batch in Batches)
        {
            foreach (var chunk in Enumerable.Range(0, batch == 1 ? Math.Min(count, 20) : count).Chunk(batch))
            {
                using var results = session.Run([.. inputs.Select(i => Tensor(i.Name, [.. chunk.Select(row => i.Rows[row])]))], session.OutputNames);
                foreach (var (rows, result) in expected.Zip(results))
                    AreEqual(result.Name, chunk.SelectMany(row => rows[row]).ToArray(), Values(result), tolerance);
            }
        }
    }

    private static void AreEqual(string name, object[] expected, object[] actual, double tolerance)
    {
        Assert.HasCount(expected.Length, actual, name);
        for (var i = 0; i < expected.Length; i++)
        {
            if (expected[i] is float number)
                Assert.AreEqual(number, (float)actual[i], tolerance, $"{name}, value {i}");
            else
                Assert.AreEqual(expected[i], actual[i], $"{name}, value {i}");
        }
    }

    private static object[] Values(NamedOnnxValue value) => [.. ((System.Collections.IEnumerable)value.Value).Cast<object>()];

    private static object[][] Rows(IDataView data, string name)
    {
        var column = data.Schema[name];
        var (vector, item) = column.Type is VectorDataViewType type ? (true, type.ItemType) : (false, column.Type);
        return (item is TextDataViewType ? Of<string>() : item.RawType == typeof(float) ? Of<float>() : item.RawType == typeof(uint) ? Of<uint>()
            : item.RawType == typeof(bool) ? Of<bool>() : item.RawType == typeof(int) ? Of<int>() : item.RawType == typeof(double) ? Of<double>()
            : throw new InvalidOperationException($"{column.Type} is not compared here.")).ToArray();

        IEnumerable<object[]> Of<T>()
            where T : notnull => vector ? data.GetColumn<T[]>(name).Select(row => row.Cast<object>().ToArray()) : data.GetColumn<T>(name).Select(value => new object[] { value });
    }

    private static NamedOnnxValue Tensor(string name, object[][] rows)
    {
        return rows[0][0] switch
        {
            string => Of<string>(),
            float => Of<float>(),
            uint => Of<uint>(),
            bool => Of<bool>(),
            int => Of<int>(),
            _ => Of<double>(),
        };

        NamedOnnxValue Of<T>() => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(rows.SelectMany(row => row.Cast<T>()).ToArray(), [rows.Length, rows[0].Length]));
    }
}
