using System.IO.Compression;

namespace Packaging.Tests.Support;

/// <summary>The user's package cache, which nothing of ours may write into.</summary>
internal static class PackageCache
{
    /// <summary>Asserts that TorchSharp's native library in a cache is, byte for byte, what its package holds.</summary>
    public static void AssertUntouched(string? cache = null)
    {
        var version = Repository.Version("TorchSharp");
        var folder = Path.Combine(cache ?? Repository.PackageCache, "torchsharp", version);
        using var package = ZipFile.OpenRead(Path.Combine(folder, $"torchsharp.{version}.nupkg"));
        using var stream = package.GetEntry("runtimes/linux-x64/native/libLibTorchSharp.so")!.Open();
        using var original = new MemoryStream();
        stream.CopyTo(original);
        CollectionAssert.AreEqual(original.ToArray(), File.ReadAllBytes(Path.Combine(folder, "runtimes", "linux-x64", "native", "libLibTorchSharp.so")), "The package cache was written into.");
    }
}
