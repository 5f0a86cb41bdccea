using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FlipReg;
using Microsoft.ML;

/// <summary>A fit on a folder of images that keeps them decoded, for somebody to kill.</summary>
internal static class ImageFit
{
    /// <summary>Says "ready" when it starts, and in the end prints a digest of the weights.</summary>
    public static void Run(MLContext context, string folder, string cache)
    {
        var data = context.Data.LoadImageFolder(folder);
        var keyed = context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        var options = new CrossEntropyOptions
        {
            FeatureColumnName = "ImagePath",
            Images = new ImageOptions { Shape = new ImageShape(3, 96, 96), CacheDirectory = cache, MemoryMegabytes = 1 },
            Network = NetworkSpec.Mlp([8]),
            Epochs = 1,
            Seed = 1,
        };
        Console.WriteLine("ready");
        using var model = context.MulticlassClassification.Trainers.CrossEntropy(options).Fit(keyed);
        Console.WriteLine(Convert.ToHexString(SHA256.HashData([.. model.Model.GetWeights().SelectMany(w => MemoryMarshal.AsBytes<float>(w.Values).ToArray())])));
    }
}
