using FlipReg;
using Microsoft.ML;
using SkiaSharp;

namespace MLNet.FlipReg.Tests.Images;

/// <summary>A row with an image by its path, by its content, decoded, or as pixels.</summary>
public sealed class ImageRow
{
    public string Label { get; set; } = "";

    public string Path { get; set; } = "";

    public byte[] Content { get; set; } = [];
}

/// <summary>A folder of small images of three classes, told apart by colour and by the half that is bright; removed when disposed.</summary>
internal sealed class ImageFiles : IDisposable
{
    public static readonly string[] Classes = ["blue", "green", "red"];

    public ImageFiles(int perClass = 12, int seed = 1)
    {
        var random = new Random(seed);
        foreach (var name in Classes)
        {
            Directory.CreateDirectory(System.IO.Path.Combine(Folder, name));
            for (var i = 0; i < perClass; i++)
            {
                var (width, height) = (random.Next(20, 60), random.Next(20, 60));
                var file = TestImages.Encode(i % 3 == 0 ? SKEncodedImageFormat.Jpeg : i % 3 == 1 ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Webp, width, height, (x, y) => Color(name, random), 90);
                File.WriteAllBytes(System.IO.Path.Combine(Folder, name, FormattableString.Invariant($"{i:00}.img")), file);
            }
        }
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("images").FullName;

    /// <summary>The options of a fast fit on them.</summary>
    public static CrossEntropyOptions Options(ImageOptions? images = null) => new()
    {
        FeatureColumnName = "ImagePath",
        Images = images ?? new ImageOptions { Shape = new ImageShape(3, 8, 8) },
        Network = NetworkSpec.Mlp([8]),
        Epochs = 6,
        BatchSize = 8,
        Seed = 3,
    };

    /// <summary>The rows, with the label as a key.</summary>
    public IDataView Load(MLContext context) => Keyed(context, context.Data.LoadImageFolder(Folder));

    /// <summary>The rows with their files' contents too.</summary>
    public IDataView LoadContents(MLContext context) =>
        Keyed(context, context.Data.LoadFromEnumerable(context.Data.CreateEnumerable<PathRow>(context.Data.LoadImageFolder(Folder), false).Select(row => new ImageRow { Label = row.Label, Path = row.ImagePath, Content = File.ReadAllBytes(row.ImagePath) })));

    public static IDataView Keyed(MLContext context, IDataView data)
    {
        // The keys' order must not depend on the rows.
        var names = context.Data.LoadFromEnumerable(Classes.Select(name => new ImageRow { Label = name }));
        return context.Transforms.Conversion.MapValueToKey("Label").Fit(names).Transform(data);
    }

    public string File0(string label) => System.IO.Path.Combine(Folder, label, "00.img");

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static SKColor Color(string name, Random random)
    {
        byte Channel(bool own) => (byte)((own ? 150 : 30) + random.Next(60));
        return new(Channel(name == "red"), Channel(name == "green"), Channel(name == "blue"));
    }

    public sealed class PathRow
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
