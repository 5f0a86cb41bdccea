using System.Buffers.Binary;
using System.IO.Compression;
using SkiaSharp;

namespace MLNet.FlipReg.Tests.Images;

/// <summary>Image files, made here: by Skia's encoders, or byte by byte where these cannot.</summary>
internal static class TestImages
{
    /// <summary>A JPEG of four inks (CMYK, Adobe's form), 16 × 16: green in the left half, red in the right one. Written once by Pillow.</summary>
    public static byte[] Cmyk => Convert.FromBase64String(
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5Mzg3QEhcTkBEV0U3OFBtUVdfYmdoZz5NcXlwZHhcZWdj/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAAIB//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8Az9oDP2gKAT+Cf1AAoBP4P//Z");

    /// <summary>A smooth pattern: of every size, and told apart from its mirror images.</summary>
    public static SKColor Pattern(int x, int y) => new((byte)(x * 5), (byte)(y * 7), (byte)((x + y) * 2));

    public static byte[] Encode(SKEncodedImageFormat format, int width, int height, Func<int, int, SKColor> color, int quality = 100)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                bitmap.SetPixel(x, y, color(x, y));
        }

        using var data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    public static byte[] Png(int width, int height, Func<int, int, SKColor> color) => Encode(SKEncodedImageFormat.Png, width, height, color);

    public static byte[] Jpeg(int width, int height, Func<int, int, SKColor> color) => Encode(SKEncodedImageFormat.Jpeg, width, height, color);

    /// <summary>A PNG of any kind.</summary>
    /// <param name="width">Columns in the header.</param>
    /// <param name="height">Rows in the header.</param>
    /// <param name="depth">Bits of a sample.</param>
    /// <param name="type">0 grey, 2 colour, 3 palette, 6 colour and alpha.</param>
    /// <param name="rows">The rows, each with its filter byte.</param>
    /// <param name="palette">The palette, or none.</param>
    /// <param name="alpha">The palette's alpha, or none.</param>
    public static byte[] RawPng(int width, int height, byte depth, byte type, byte[] rows, byte[]? palette = null, byte[]? alpha = null)
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (depth, type);
        Chunk(file, "IHDR", header);
        if (palette is not null)
            Chunk(file, "PLTE", palette);
        if (alpha is not null)
            Chunk(file, "tRNS", alpha);
        using var packed = new MemoryStream();
        using (var zip = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zip.Write(rows);
        Chunk(file, "IDAT", packed.ToArray());
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>A bitmap of 24 bits a pixel, bottom row first.</summary>
    public static byte[] Bmp(int width, int height, Func<int, int, SKColor> color)
    {
        var stride = ((width * 3) + 3) / 4 * 4;
        var file = new byte[54 + (stride * height)];
        "BM"u8.CopyTo(file);
        foreach (var (at, value) in new[] { (2, file.Length), (10, 54), (14, 40), (18, width), (22, height), (26, 1 | (24 << 16)) })
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (pixel, at) = (color(x, y), 54 + ((height - 1 - y) * stride) + (x * 3));
                (file[at], file[at + 1], file[at + 2]) = (pixel.Blue, pixel.Green, pixel.Red);
            }
        }

        return file;
    }

    /// <summary>A GIF of one colour a frame. With a palette of 128 colours and a clear code often enough, every code is one byte.</summary>
    public static byte[] Gif(int width, int height, params SKColor[] frames)
    {
        using var file = new MemoryStream();
        file.Write("GIF89a"u8);
        file.Write([(byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 0xF6, 0, 0]);
        for (var i = 0; i < 128; i++)
            file.Write(i < frames.Length ? [frames[i].Red, frames[i].Green, frames[i].Blue] : [0, 0, 0]);
        for (var frame = 0; frame < frames.Length; frame++)
        {
            file.Write([0x21, 0xF9, 4, 0, 10, 0, 0, 0]);
            file.Write([0x2C, 0, 0, 0, 0, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 0, 7]);
            for (var done = 0; done < width * height; done += 100)
            {
                var count = Math.Min(100, (width * height) - done);
                file.Write([(byte)(count + 1), 128, .. Enumerable.Repeat((byte)frame, count)]);
            }

            file.Write([1, 129, 0]);
        }

        file.WriteByte(0x3B);
        return file.ToArray();
    }

    /// <summary>A JPEG with EXIF's orientation put into it.</summary>
    public static byte[] Oriented(byte[] jpeg, byte orientation) =>
    [
        .. jpeg[..2],
        0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*\0\0\0\u0008\0\u0001"u8, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
        .. jpeg[2..],
    ];

    /// <summary>What is drawn on a stored image so that it is seen upright: the standard's words, the sides on which the first row and the first column are seen.</summary>
    public static Func<int, int, SKColor> Stored(int orientation, int width, int height, Func<int, int, SKColor> seen)
    {
        var (row, column) = new[] { ("top", "left"), ("top", "right"), ("bottom", "right"), ("bottom", "left"), ("left", "top"), ("right", "top"), ("right", "bottom"), ("left", "bottom") }[orientation - 1];
        return (x, y) =>
        {
            var (seenX, seenY) = (0, 0);
            foreach (var (side, distance) in new[] { (row, y), (column, x) })
            {
                if (side == "left")
                    seenX = distance;
                else if (side == "right")
                    seenX = width - 1 - distance;
                else if (side == "top")
                    seenY = distance;
                else
                    seenY = height - 1 - distance;
            }

            return seen(seenX, seenY);
        };
    }

    private static void Chunk(Stream file, string name, byte[] content)
    {
        byte[] named = [.. name.Select(c => (byte)c), .. content];
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(named);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(named));
        file.Write(number);
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
