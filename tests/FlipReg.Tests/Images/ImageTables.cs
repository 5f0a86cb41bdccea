using FlipReg.Data;
using FlipReg.Images;
using static TorchSharp.torch;

namespace FlipReg.Tests.Images;

/// <summary>Tables of images for the tests.</summary>
internal static class ImageTables
{
    /// <summary>Random bytes.</summary>
    public static byte[] Bytes(int rows, ImageShape shape, int seed = 1)
    {
        var bytes = new byte[rows * shape.Values];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static PixelRows Rows(byte[] bytes, ImageShape shape) => new(tensor(bytes).view(-1, shape.Values).DetachFromDisposeScope(), shape);

    /// <summary>Images of classes that differ by their mean, not yet normalized.</summary>
    public static TrainingTable Table(int rows, int classes, ImageShape shape, int seed = 1)
    {
        var bytes = Bytes(rows, shape, seed);
        var labels = Enumerable.Range(0, rows).Select(i => (long)(i % classes)).ToArray();
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)((bytes[i] / 2) + (labels[i / shape.Values] * 120 / classes));
        return new TrainingTable(Rows(bytes, shape), labels, null);
    }

    /// <summary>The images of a block as numbers, row by row, before they are normalized.</summary>
    public static Tensor Images(byte[] bytes, ImageShape shape) => tensor(bytes).view(-1, shape.Channels, shape.Height, shape.Width);
}
