using System.Buffers.Binary;
using System.IO.Compression;
using FlipReg.Data;
using static System.FormattableString;

namespace FlipReg.Evidence;

/// <summary>Fashion-MNIST (Xiao, Rasul and Vollgraf 2017) in the files of its authors: 28×28 grey pixels and one of ten classes.</summary>
/// <param name="Pixels">Pixels of all images, 0 to 255.</param>
/// <param name="Labels">Classes of all images.</param>
internal sealed record FashionMnist(byte[] Pixels, byte[] Labels)
{
    public const int Width = 28 * 28;

    public const int Classes = 10;

    private const int ImagesMagic = 0x803;
    private const int LabelsMagic = 0x801;

    /// <summary>Reads the first images of a part.</summary>
    /// <param name="folder">Folder of the files.</param>
    /// <param name="part">"train" or "t10k".</param>
    /// <param name="count">Images to read; null: all.</param>
    /// <exception cref="FormatException">A file is not what its name says.</exception>
    public static FashionMnist Read(string folder, string part, int? count = null)
    {
        var (pixels, images) = Values(Path.Combine(folder, $"{part}-images-idx3-ubyte.gz"), ImagesMagic, Width, count);
        var (labels, rows) = Values(Path.Combine(folder, $"{part}-labels-idx1-ubyte.gz"), LabelsMagic, 1, count);
        return images == rows ? new FashionMnist(pixels, labels) : throw new FormatException(Invariant($"'{folder}' must hold as many labels as images of '{part}'. Got {rows} and {images}."));
    }

    /// <summary>The rows of some classes as a table, pixels ÷ 255, with labels as given.</summary>
    /// <param name="labels">Labels in place of the images' own; null: their own.</param>
    /// <param name="first">The first class; labels of the table count from it.</param>
    /// <param name="classes">Classes.</param>
    public unsafe TrainingTable Table(IReadOnlyList<long>? labels = null, int first = 0, int classes = Classes)
    {
        var chosen = Enumerable.Range(0, Labels.Length).Where(row => Labels[row] >= first && Labels[row] < first + classes).ToArray();
        var features = new RowMemory(chosen.Length, Width);
        for (var i = 0; i < chosen.Length; i++)
        {
            var row = features.Row(i);
            for (var pixel = 0; pixel < Width; pixel++)
                row[pixel] = Pixels[(chosen[i] * Width) + pixel] / 255f;
        }

        return new TrainingTable(features.Tensor, [.. chosen.Select(row => (labels?[row] ?? Labels[row]) - first)], null);
    }

    private static (byte[] Values, int Rows) Values(string path, int magic, int width, int? count)
    {
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        var head = new byte[width == 1 ? 8 : 16];
        file.ReadExactly(head);
        var (found, rows) = (BinaryPrimitives.ReadInt32BigEndian(head), BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4)));
        if (found != magic || rows < 1)
            throw new FormatException(Invariant($"'{path}' must be an IDX file of kind {magic:x}. Got {found:x} with {rows} rows."));
        var values = new byte[Math.Min(rows, count ?? rows) * width];
        file.ReadExactly(values);
        return (values, values.Length / width);
    }
}
