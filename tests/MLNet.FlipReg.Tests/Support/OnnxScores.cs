using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>An ONNX model in ONNX Runtime.</summary>
internal sealed class OnnxScores : IDisposable
{
    private readonly InferenceSession _session;

    public OnnxScores(byte[] model)
    {
        // One thread: the machine is small, and so are the networks.
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        _session = new InferenceSession(model, options);
    }

    public InferenceSession Session => _session;

    /// <summary>Rows of floats as an input.</summary>
    public static NamedOnnxValue Rows(string name, IReadOnlyList<float[]> rows) =>
        NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(rows.SelectMany(r => r).ToArray(), [rows.Count, rows[0].Length]));

    /// <summary>A column of single values as an input, N×1.</summary>
    public static NamedOnnxValue Column<T>(string name, IEnumerable<T> values)
    {
        var array = values.ToArray();
        return NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(array, [array.Length, 1]));
    }

    /// <summary>Runs the model and reads one output of floats as rows, and one output of labels.</summary>
    public (float[][] Scores, TLabel[] Labels) Run<TLabel>(IReadOnlyCollection<NamedOnnxValue> inputs, string score = "Score", string label = "PredictedLabel")
    {
        using var results = _session.Run(inputs, [score, label]);
        var scores = results[0].AsTensor<float>();
        return ([.. scores.ToArray().Chunk(scores.Dimensions[^1])], [.. results[1].AsTensor<TLabel>()]);
    }

    public void Dispose() => _session.Dispose();
}
