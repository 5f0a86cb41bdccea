using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>
/// Collects rows whose number is not known. They lie in chunks, each as large as all before it up to a limit; the chunks are joined at the end
/// one by one, each freed once it is copied, so that the rows are never held twice.
/// </summary>
internal sealed class RowCollector : IDisposable
{
    private const long MaximumChunkBytes = 64 << 20;

    private readonly int _width;
    private readonly List<RowMemory> _chunks = [];
    private long _nextChunk;
    private long _inChunk;

    /// <param name="width">Values of a row.</param>
    /// <param name="expectedRows">How many rows will come, as far as that is known: if it is right, nothing is copied.</param>
    public RowCollector(int width, long? expectedRows)
    {
        _width = width;
        _nextChunk = Math.Max(1, expectedRows ?? Math.Min(1024, LargestChunk));
    }

    /// <summary>Rows so far.</summary>
    public long Rows { get; private set; }

    private long LargestChunk => Math.Max(1, MaximumChunkBytes / (sizeof(float) * (long)_width));

    /// <summary>Makes room for a row and returns its values, to be written.</summary>
    public Span<float> Add()
    {
        if (_chunks.Count == 0 || _inChunk == _chunks[^1].Rows)
        {
            _chunks.Add(new RowMemory(_nextChunk, _width));
            _nextChunk = Math.Min(Rows + _nextChunk, LargestChunk);
            _inChunk = 0;
        }

        Rows++;
        return _chunks[^1].Row(_inChunk++);
    }

    /// <summary>All rows, rows × width, in the caller's hands; this collector is empty afterwards.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room.</exception>
    public Tensor ToTensor()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (_chunks.Count == 1)
        {
            var only = _chunks[0].Tensor;
            _chunks.Clear();
            if (Rows == only.shape[0])
                return only;
            // A view keeps the memory; what was never written was never given to the process.
            using (only)
                return only.narrow(0, 0, Rows).DetachFromDisposeScope();
        }

        var joined = new RowMemory(Rows, _width).Tensor;
        long first = 0;
        foreach (var chunk in _chunks)
        {
            var rows = Math.Min(chunk.Rows, Rows - first);
            joined.narrow(0, first, rows).copy_(chunk.Tensor.narrow(0, 0, rows));
            first += rows;
            chunk.Dispose();
        }

        _chunks.Clear();
        return joined;
    }

    public void Dispose() => _chunks.ForEach(chunk => chunk.Dispose());
}
