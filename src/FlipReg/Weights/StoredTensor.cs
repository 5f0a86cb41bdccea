using static TorchSharp.torch;

namespace FlipReg.Weights;

/// <summary>A tensor in a file of weights. Nothing of its values is read before they are asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Sizes of its dimensions.</param>
/// <param name="Place">Where in the file it lies, for reading in order.</param>
/// <param name="Read">Reads its values, as Single on the CPU, into the caller's dispose scope.</param>
internal sealed record StoredTensor(string Name, IReadOnlyList<long> Shape, long Place, Func<Tensor> Read);

/// <summary>A file of weights that is open. What is read of it is checked before anything is made of it.</summary>
internal abstract class WeightSource : IDisposable
{
    /// <summary>Tensors of a file at most.</summary>
    protected const int MaximumTensors = 100_000;

    /// <summary>The tensors.</summary>
    public abstract IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Opens a file by its content: safetensors, PyTorch's zip, or ONNX.</summary>
    /// <exception cref="FormatException">The file is none of these, or breaks a rule of its format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WeightSource Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            var start = new byte[9];
            var length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            stream.Position = 0;
            if (length >= 4 && start.AsSpan().StartsWith("PK"u8))
                return new TorchWeights(stream, path);
            if (length == 9 && start[8] == '{')
                return new SafetensorsWeights(stream);
            if (length >= 2 && start[0] == 0x08)
                return new OnnxInitializers(stream, path);
            throw new FormatException(length > 1 && start[0] == 0x80
                ? $"A file of weights must be PyTorch's zip, safetensors or ONNX. Got a bare pickle in '{path}', as PyTorch wrote before version 1.6. Load it in PyTorch and save it again."
                : $"A file of weights must be PyTorch's zip, safetensors or ONNX. Got neither in '{path}'. Give another file.");
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
