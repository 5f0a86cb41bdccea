using System.Runtime.CompilerServices;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLNet.FlipReg.Interop;
using static System.FormattableString;

namespace MLNet.FlipReg.Onnx;

/// <summary>
/// Has ONNX Runtime score rows that the pipeline scored, and compares. The library does not bring ONNX Runtime: methods that name its types
/// are compiled by the runtime only when they are called.
/// </summary>
internal static class OnnxVerifier
{
    private const int MaximumRows = 256;

    /// <summary>Throws where the application has no ONNX Runtime that runs.</summary>
    /// <exception cref="InvalidOperationException">It has none.</exception>
    public static void RequireRuntime()
    {
        try
        {
            Touch();
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or DllNotFoundException or TypeInitializationException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new InvalidOperationException($"Verify needs ONNX Runtime in the application. Got none that loads: {(e.InnerException ?? e).Message.Trim()} Add the package Microsoft.ML.OnnxRuntime, or leave Verify false.", e);
        }
    }

    /// <summary>Scores the first rows of a sample with a written model: in one batch, and the first row alone.</summary>
    /// <param name="path">The model.</param>
    /// <param name="pipeline">What was written.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="tolerance">How far numbers may differ.</param>
    /// <exception cref="InvalidOperationException">The sample has no rows, or the model does not score as the pipeline.</exception>
    public static OnnxExportReport Verify(string path, OnnxPipeline pipeline, IDataView sample, double tolerance)
    {
        var inputs = SampleColumn.Read(sample, pipeline.Inputs, MaximumRows);
        var expected = SampleColumn.Read(pipeline.Scored, pipeline.Outputs, MaximumRows);
        var rows = expected[0].Rows;
        if (rows == 0)
            throw new InvalidOperationException("The sample data must have at least one row where Verify is set. Got 0. Pass some rows, or leave Verify false.");
        double? largest = null;
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        using var session = new InferenceSession(path, options);
        foreach (var count in new[] { rows, 1 })
        {
            using var results = Run(session, [.. inputs.Select(i => i.ToOnnx(count))], pipeline.Outputs);
            foreach (var (column, result) in expected.Zip(results))
            {
                if (column.Compare(result, count, tolerance) is { } difference)
                    largest = Math.Max(largest ?? 0, difference);
            }
        }

        return pipeline.Report(rows, largest);
    }

    private static IDisposableReadOnlyCollection<DisposableNamedOnnxValue> Run(InferenceSession session, IReadOnlyCollection<NamedOnnxValue> inputs, IReadOnlyList<string> outputs)
    {
        try
        {
            return session.Run(inputs, [.. outputs]);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidOperationException(Invariant($"The ONNX model must score the sample data. ONNX Runtime got an error: {e.Message} Nothing was written. Replace the transform that the message names, or take the whole pipeline along with Model.Save and Model.Load."), e);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Touch() => OrtEnv.Instance();
}
