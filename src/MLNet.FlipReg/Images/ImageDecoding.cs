using System.Collections.Concurrent;
using FlipReg;

namespace MLNet.FlipReg.Images;

/// <summary>Decodes images in parallel. The result does not depend on the number of threads.</summary>
internal sealed class ImageDecoding(ImageOptions options) : IDisposable
{
    private readonly ConcurrentBag<ImageWorker> _workers = [];

    /// <summary>What is made of an image.</summary>
    public ImageRules Rules { get; } = new(options.Shape, options.Resize, options.Background, options.MaximumPixels);

    /// <summary>Threads.</summary>
    public int Threads { get; } = options.DecodingThreads ?? Environment.ProcessorCount;

    /// <summary>Decodes images, one after another in the result.</summary>
    /// <param name="items">The images.</param>
    /// <param name="planes">Receives them, C·H·W bytes each.</param>
    /// <returns>For each image what is wrong with it, or null.</returns>
    public UnreadableImageException?[] Decode(IReadOnlyList<ImageItem> items, byte[] planes)
    {
        var problems = new UnreadableImageException?[items.Count];
        if (items.Count == 1 || Threads == 1)
        {
            for (var i = 0; i < items.Count; i++)
                Decode(i);
        }
        else
        {
            Parallel.For(0, items.Count, new ParallelOptions { MaxDegreeOfParallelism = Threads }, Decode);
        }

        return problems;

        void Decode(int i)
        {
            if (!_workers.TryTake(out var worker))
                worker = new ImageWorker(Rules);
            try
            {
                items[i].Decode(worker, planes.AsSpan(i * Rules.Shape.Values, Rules.Shape.Values));
            }
            catch (UnreadableImageException e)
            {
                problems[i] = e;
            }
            finally
            {
                _workers.Add(worker);
            }
        }
    }

    public void Dispose()
    {
        while (_workers.TryTake(out var worker))
            worker.Dispose();
    }
}
