using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML.Data;

namespace FashionMnist;

/// <summary>A picture of a garment, 28 × 28 grey values, and what it is.</summary>
public sealed class Garment
{
    private static readonly string[] _names = ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

    /// <summary>Grey values, row by row.</summary>
    [VectorType(1, 28, 28)]
    public byte[] Pixels { get; set; } = [];

    /// <summary>What it is.</summary>
    public string Label { get; set; } = "";

    /// <summary>Reads a part of the data set: "train" or "t10k".</summary>
    public static List<Garment> Read(string folder, string part)
    {
        var images = Read(Path.Combine(folder, $"{part}-images-idx3-ubyte.gz"), 16);
        var labels = Read(Path.Combine(folder, $"{part}-labels-idx1-ubyte.gz"), 8);
        return [.. labels.Select((label, i) => new Garment { Pixels = images[(i * 784)..((i + 1) * 784)], Label = _names[label] })];
    }

    /// <summary>The values of a file in the IDX format: a head with the number of items, then bytes.</summary>
    private static byte[] Read(string path, int head)
    {
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        var bytes = content.ToArray();
        var items = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4));
        return bytes.Length == head + (items * (head == 16 ? 784 : 1)) ? bytes[head..] : throw new InvalidDataException($"'{path}' must hold {items} items. Got {bytes.Length} bytes.");
    }
}
