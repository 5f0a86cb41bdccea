using FlipReg;
using MLNet.FlipReg.Images;
using SkiaSharp;

namespace MLNet.FlipReg.Tests.Images;

/// <summary>What the decoder makes of images of every kind: the right planes, or an error that names image, rule and remedy.</summary>
[TestClass]
public sealed class ImageDecoderTests
{
    private static readonly SKColor _red = new(255, 0, 0);
    private static readonly SKColor _green = new(0, 255, 0);

    public static IEnumerable<object[]> Refused =>
    [
        ["empty.png", Array.Empty<byte>(), "an empty file"],
        ["notes.jpg", "Some words about birds.\n"u8.ToArray(), "a text"],
        ["photo.jpg", "BMW, a text that starts as a bitmap does"u8.ToArray(), "a text"],
        ["page.png", "<!DOCTYPE html><html></html>"u8.ToArray(), "a web page"],
        ["drawing.svg", "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray(), "SVG"],
        ["pointer.png", "version https://git-lfs.github.com/spec/v1\noid sha256:0"u8.ToArray(), "Git LFS"],
        ["photo.avif", "\0\0\0\u001cftypavif\0\0\0\0"u8.ToArray(), "AVIF"],
        ["photo.heic", "\0\0\0\u001cftypheic\0\0\0\0"u8.ToArray(), "HEIC"],
        ["scan.tif", "II*\0\u0008\0\0\0"u8.ToArray(), "TIFF"],
        ["scan.tiff", "MM\0*\0\0\0\u0008"u8.ToArray(), "TIFF"],
        ["noise.bin", new byte[] { 1, 2, 3, 4, 5, 6 }, "unknown format"],
        ["header.png", TestImages.Png(8, 8, TestImages.Pattern)[..20], "header that cannot be read"],
        ["damaged.png", Damaged(TestImages.Png(64, 64, (x, y) => new SKColor((byte)(x * y), (byte)(x ^ y), 7))), "PNG"],
    ];

    [TestMethod]
    [DynamicData(nameof(Refused))]
    public void Refuses_what_is_not_a_whole_image_by_name(string name, byte[] file, string what)
    {
        var error = Assert.ThrowsExactly<UnreadableImageException>(() => Decode(file, 8, 8, name: name));
        StringAssert.Contains(error.Message, $"'{name}'", StringComparison.Ordinal);
        StringAssert.Contains(error.Message, what, StringComparison.Ordinal);
        StringAssert.Contains(error.Message, "leave it out", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow(60_000, 60_000)]
    [DataRow(10_001, 10_000)]
    public void Refuses_a_huge_image_by_its_header(int width, int height)
    {
        var before = GC.GetTotalAllocatedBytes();
        var error = Assert.ThrowsExactly<UnreadableImageException>(() => Decode(TestImages.RawPng(width, height, 8, 2, new byte[1000]), 8, 8));
        StringAssert.Contains(error.Message, FormattableString.Invariant($"at most 100,000,000 pixels (MaximumPixels). Got {width} × {height}"), StringComparison.Ordinal);
        Assert.IsLessThan(10_000_000, GC.GetTotalAllocatedBytes() - before);
    }

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Jpeg)]
    [DataRow(SKEncodedImageFormat.Png)]
    [DataRow(SKEncodedImageFormat.Webp)]
    public void Refuses_an_image_that_ends_early_wherever_that_is(SKEncodedImageFormat format)
    {
        var random = new Random(1);
        var file = TestImages.Encode(format, 60, 50, (x, y) => new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)), 80);
        Decode(file, 8, 8);
        for (var part = 1; part < 20; part++)
        {
            var error = Assert.ThrowsExactly<UnreadableImageException>(() => Decode(file[..(file.Length * part / 20)], 8, 8), $"{part} of 20");
            StringAssert.Contains(error.Message, "must be ", StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void No_damage_ends_the_process_or_gives_another_exception()
    {
        var random = new Random(5);
        byte[][] files =
        [
            TestImages.Jpeg(40, 30, TestImages.Pattern), TestImages.Png(40, 30, TestImages.Pattern), TestImages.Encode(SKEncodedImageFormat.Webp, 40, 30, TestImages.Pattern),
            TestImages.Bmp(40, 30, TestImages.Pattern), TestImages.Gif(40, 30, _red, _green), TestImages.Cmyk,
        ];
        var refused = 0;
        foreach (var file in files)
        {
            for (var i = 0; i < 300; i++)
            {
                var damaged = (byte[])file.Clone();
                for (var n = random.Next(1, 5); n > 0; n--)
                    damaged[random.Next(i % 2 == 0 ? Math.Min(64, file.Length) : file.Length)] = (byte)random.Next(256);
                try
                {
                    Decode(damaged, 8, 8);
                }
                catch (UnreadableImageException)
                {
                    refused++;
                }
            }
        }

        Assert.IsGreaterThan(200, refused);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    [DataRow(7)]
    [DataRow(8)]
    public void Applies_the_orientation(int orientation)
    {
        // Squares of 8 pixels, so that a JPEG keeps them.
        SKColor Seen(int x, int y) => (x / 8, y / 8) switch { (0, 0) => _red, (2, 1) => _green, (0, 1) => new(0, 0, 255), _ => SKColors.White };
        var (width, height) = orientation >= 5 ? (16, 24) : (24, 16);
        var file = TestImages.Oriented(TestImages.Jpeg(width, height, TestImages.Stored(orientation, 24, 16, Seen)), (byte)orientation);
        var planes = Decode(file, 16, 24, ImageResize.Fill, out var header);
        Assert.AreEqual(orientation, header.Orientation);
        AssertPixels(planes, 16, 24, Seen, 12, (x, y) => x % 8 is > 1 and < 6 && y % 8 is > 1 and < 6);
    }

    [TestMethod]
    public void Every_format_gives_its_pixels()
    {
        AssertPixels(Decode(TestImages.Png(30, 20, TestImages.Pattern), 20, 30), 20, 30, TestImages.Pattern, 0);
        AssertPixels(Decode(TestImages.Bmp(30, 20, TestImages.Pattern), 20, 30), 20, 30, TestImages.Pattern, 0);
        AssertPixels(Decode(TestImages.Jpeg(30, 20, TestImages.Pattern), 20, 30), 20, 30, TestImages.Pattern, 12);
        AssertPixels(Decode(TestImages.Encode(SKEncodedImageFormat.Webp, 30, 20, TestImages.Pattern), 20, 30), 20, 30, TestImages.Pattern, 12);
        AssertPixels(Decode(TestImages.Cmyk, 16, 16), 16, 16, (x, _) => x < 8 ? _green : _red, 12);
        AssertPixels(Decode(TestImages.Png(1, 1, (_, _) => _green), 5, 7), 5, 7, (_, _) => _green, 0);
    }

    [TestMethod]
    public void Of_an_animation_the_first_frame_is_taken()
    {
        var planes = Decode(TestImages.Gif(20, 10, _red, _green, _red), 10, 20, ImageResize.Fill, out var header);
        AssertPixels(planes, 10, 20, (_, _) => _red, 0);
        Assert.AreEqual(("GIF", 3), (header.Format, header.Frames));
    }

    [TestMethod]
    public void Deep_and_palette_images_give_their_colours()
    {
        // 16 bits a sample: the upper byte tells.
        byte[] deep = [0, 0x12, 0x34, 0x80, 0x00, 0xFF, 0xFF, 0, 0x00, 0x01, 0x40, 0xFF, 0x10, 0x10];
        AssertPixels(Decode(TestImages.RawPng(1, 2, 16, 2, deep), 2, 1), 2, 1, (_, y) => y == 0 ? new SKColor(0x12, 0x80, 0xFF) : new SKColor(0, 0x40, 0x10), 1);
        // Two pixels of a palette, the second transparent: over white, then over black.
        var palette = TestImages.RawPng(2, 1, 8, 3, [0, 0, 1], [10, 20, 30, 200, 100, 50], [255, 0]);
        AssertPixels(Decode(palette, 1, 2), 1, 2, (x, _) => x == 0 ? new SKColor(10, 20, 30) : SKColors.White, 0);
        AssertPixels(Decode(palette, 1, 2, background: PixelColor.Black), 1, 2, (x, _) => x == 0 ? new SKColor(10, 20, 30) : SKColors.Black, 0);
    }

    [TestMethod]
    public void Half_transparent_pixels_lie_over_the_background()
    {
        var file = TestImages.Png(4, 4, (_, _) => new SKColor(200, 100, 0, 128));
        AssertPixels(Decode(file, 4, 4, background: new PixelColor(0, 0, 255)), 4, 4, (_, _) => new SKColor(100, 50, 127), 1);
    }

    [TestMethod]
    public void The_name_of_a_file_does_not_count() =>
        AssertPixels(Decode(TestImages.Png(3, 3, TestImages.Pattern), 3, 3, name: "is-a-png.jpg"), 3, 3, TestImages.Pattern, 0);

    [TestMethod]
    public void Fit_crop_and_fill_place_the_image()
    {
        // Red left, green right, twice as wide as high, into a square.
        var file = TestImages.Png(40, 20, (x, _) => x < 20 ? _red : _green);
        AssertPixels(Decode(file, 20, 20, ImageResize.CenterCrop), 20, 20, (x, _) => x < 10 ? _red : _green, 0, (x, _) => x is < 9 or > 10);
        AssertPixels(Decode(file, 20, 20, ImageResize.Fill), 20, 20, (x, _) => x < 10 ? _red : _green, 0, (x, _) => x is < 9 or > 10);
        AssertPixels(Decode(file, 20, 20, ImageResize.Fit, background: new PixelColor(1, 2, 3)), 20, 20,
            (x, y) => y is < 5 or >= 15 ? new SKColor(1, 2, 3) : x < 10 ? _red : _green, 0, (x, _) => x is < 9 or > 10);
    }

    [TestMethod]
    public void Resizing_agrees_with_Pillow()
    {
        static SKColor Color(int x, int y) => new((byte)((x * 37) + (y * 91)), (byte)((x * x * 11) + (y * 5)), (byte)((x * 3) + (y * y * 7)));
        // Image.resize(..., Image.BILINEAR) of Pillow 9.4, plane after plane.
        byte[] smaller =
        [
            99, 134, 116, 111, 140, 108, 114, 132, 112, 120, 132, 112, 117, 129, 115, 151, 123, 114, 120, 117, 25, 102, 98, 123, 65, 35, 112, 108, 133, 75, 47, 124, 120, 145, 87, 57, 134, 130, 155, 97,
            12, 19, 27, 35, 42, 66, 73, 81, 89, 96, 155, 116, 122, 130, 137, 147, 119, 126, 134, 141,
        ];
        byte[] grey = [46, 102, 95, 109, 85, 60, 108, 112, 122, 91, 85, 120, 119, 139, 101, 95, 129, 125, 142, 108];
        byte[] larger =
        [
            0, 5, 21, 37, 53, 69, 74, 9, 14, 30, 46, 62, 78, 83, 46, 51, 67, 83, 99, 115, 120, 82, 87, 103, 119, 135, 151, 156, 91, 96, 112, 128, 144, 160, 165,
            0, 2, 6, 11, 25, 39, 44, 0, 2, 6, 11, 25, 39, 44, 3, 5, 9, 14, 28, 42, 47, 5, 7, 11, 16, 30, 44, 49, 5, 7, 11, 16, 30, 44, 49,
            0, 0, 2, 3, 4, 6, 6, 1, 1, 3, 4, 5, 7, 7, 4, 4, 6, 7, 8, 10, 10, 6, 6, 8, 9, 10, 12, 12, 7, 7, 9, 10, 11, 13, 13,
        ];
        AssertClose(smaller, Decode(TestImages.Png(13, 9, Color), 4, 5, ImageResize.Fill));
        AssertClose(grey, Decode(TestImages.Png(13, 9, Color), 4, 5, ImageResize.Fill, channels: 1));
        AssertClose(larger, Decode(TestImages.Png(3, 2, Color), 5, 7, ImageResize.Fill));
    }

    [TestMethod]
    [DataRow(33, 47)]
    [DataRow(500, 400)]
    public void A_scaled_decode_is_near_to_a_whole_one(int width, int height)
    {
        static SKColor Smooth(int x, int y) => new((byte)(128 + (100 * Math.Sin(x * 0.03))), (byte)(128 + (100 * Math.Cos(y * 0.02))), (byte)((x + y) / 4));
        var scaled = Decode(TestImages.Jpeg(width, height, Smooth), 24, 16);
        var whole = Decode(TestImages.Png(width, height, Smooth), 24, 16);
        Assert.IsLessThan(3, scaled.Zip(whole, (a, b) => Math.Abs(a - b)).Average());
        Assert.IsLessThan(20, scaled.Zip(whole, (a, b) => Math.Abs(a - b)).Max());
    }

    [TestMethod]
    public void A_file_that_is_not_there_or_not_a_file_is_named()
    {
        var folder = Directory.CreateTempSubdirectory("images").FullName;
        var file = new ImageFile();
        StringAssert.Contains(Assert.ThrowsExactly<UnreadableImageException>(() => file.Read(Path.Combine(folder, "absent.png"))).Message, "absent.png' must be a file. Got none of that name", StringComparison.Ordinal);
        StringAssert.Contains(Assert.ThrowsExactly<UnreadableImageException>(() => file.Read(folder)).Message, "Got a folder", StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(folder, "three"), [1, 2, 3]);
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3 }, file.Read(Path.Combine(folder, "three")).ToArray());
        File.WriteAllBytes(Path.Combine(folder, "none"), []);
        Assert.AreEqual(0, file.Read(Path.Combine(folder, "none")).Length);
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    public void MLNET_itself_takes_truncated_images_in_silence_and_ignores_the_orientation()
    {
        // What docs/images.md says of it: where this changes, so should the page.
        var whole = TestImages.Jpeg(40, 20, TestImages.Pattern);
        using var truncated = Microsoft.ML.Data.MLImage.CreateFromStream(new MemoryStream(whole[..(whole.Length * 3 / 4)]));
        Assert.AreEqual(40, truncated.Width);
        using var turned = Microsoft.ML.Data.MLImage.CreateFromStream(new MemoryStream(TestImages.Oriented(whole, 6)));
        Assert.AreEqual((40, 20), (turned.Width, turned.Height));
    }

    private static byte[] Damaged(byte[] file)
    {
        for (var i = file.Length / 2; i < (file.Length / 2) + 20; i++)
            file[i] ^= 0x55;
        return file;
    }

    private static byte[] Decode(byte[] file, int height, int width, ImageResize resize = ImageResize.CenterCrop, int channels = 3, PixelColor? background = null, string name = "test.png") =>
        Decode(file, height, width, resize, out _, channels, background, name);

    private static byte[] Decode(byte[] file, int height, int width, ImageResize resize, out ImageHeader header, int channels = 3, PixelColor? background = null, string name = "test.png")
    {
        using var decoder = new ImageDecoder(new ImageRules(new ImageShape(channels, height, width), resize, background ?? PixelColor.White, 100_000_000));
        var planes = new byte[channels * height * width];
        decoder.Decode(name, file, planes);
        header = decoder.Header;
        return planes;
    }

    private static void AssertPixels(byte[] planes, int height, int width, Func<int, int, SKColor> expected, int tolerance, Func<int, int, bool>? looked = null)
    {
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                if (looked?.Invoke(x, y) == false)
                    continue;
                var (color, at) = (expected(x, y), (y * width) + x);
                Assert.AreEqual(color.Red, planes[at], tolerance, $"red at {x}, {y}");
                Assert.AreEqual(color.Green, planes[(height * width) + at], tolerance, $"green at {x}, {y}");
                Assert.AreEqual(color.Blue, planes[(2 * height * width) + at], tolerance, $"blue at {x}, {y}");
            }
        }
    }

    private static void AssertClose(byte[] expected, byte[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1.0, $"value {i}");
    }
}
