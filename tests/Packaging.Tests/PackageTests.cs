using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Xml.Linq;
using Packaging.Tests.Support;

namespace Packaging.Tests;

/// <summary>What is in the packages.</summary>
[TestClass]
public class PackageTests
{
    [TestMethod]
    [DataRow("FlipReg", "LICENSE README.md buildTransitive/FlipReg.targets lib/net10.0/FlipReg.dll lib/net10.0/FlipReg.xml")]
    [DataRow("MLNet.FlipReg", "LICENSE README.md lib/net10.0/MLNet.FlipReg.dll lib/net10.0/MLNet.FlipReg.xml")]
    [DataRow("MLNet.FlipReg.Sweeps", "LICENSE README.md lib/net10.0/MLNet.FlipReg.Sweeps.dll lib/net10.0/MLNet.FlipReg.Sweeps.xml")]
    public void A_package_holds_the_library_its_documentation_and_nothing_else(string name, string expected)
    {
        using var package = ZipFile.OpenRead(Feed.Package(name));
        var files = package.Entries.Select(e => e.FullName).Where(f => f.Contains('/') ? !f.StartsWith("_rels/", StringComparison.Ordinal) && !f.StartsWith("package/", StringComparison.Ordinal) : !f.EndsWith(".nuspec", StringComparison.Ordinal) && f[0] != '[');
        Assert.AreEqual(expected, string.Join(' ', files.Order(StringComparer.Ordinal)));
        using var symbols = ZipFile.OpenRead(Feed.Package(name, "snupkg"));
        Assert.IsNotNull(symbols.GetEntry($"lib/net10.0/{name}.pdb"));
    }

    [TestMethod]
    [DataRow("FlipReg", "Microsoft.ML [5.0.1, 5.0.2); TorchSharp [0.107.0, 0.108.0)")]
    [DataRow("MLNet.FlipReg", "FlipReg [0.1.0]; Microsoft.ML [5.0.1, 5.0.2); Microsoft.ML.ImageAnalytics [5.0.1, 5.0.2); Microsoft.ML.OnnxConverter [0.23.1, 0.23.2); "
        + "SkiaSharp [2.88.9, 3.0.0); SkiaSharp.NativeAssets.Linux.NoDependencies [2.88.9, 3.0.0); TorchSharp [0.107.0, 0.108.0)")]
    [DataRow("MLNet.FlipReg.Sweeps", "Dapper 2.1.86; MLNet.FlipReg [0.1.0]; Microsoft.Data.Sqlite 10.0.15; Microsoft.ML [5.0.1, 5.0.2); Microsoft.ML.ImageAnalytics [5.0.1, 5.0.2); Microsoft.ML.OnnxConverter [0.23.1, 0.23.2); "
        + "Npgsql 10.0.3; SkiaSharp [2.88.9, 3.0.0); SkiaSharp.NativeAssets.Linux.NoDependencies [2.88.9, 3.0.0); TorchSharp [0.107.0, 0.108.0); dbup-postgresql 7.0.1; dbup-sqlite 6.0.4")]
    public void Dependencies_are_ranges_that_keep_to_what_was_compiled_against(string name, string expected)
    {
        var metadata = Nuspec(name);
        var dependencies = Elements(metadata, "dependency").Select(d => $"{(string?)d.Attribute("id")} {(string?)d.Attribute("version")}");
        Assert.AreEqual(expected, string.Join("; ", dependencies.Order(StringComparer.Ordinal)));
        Assert.AreEqual("MIT", Elements(metadata, "license").Single().Value);
        Assert.AreEqual("README.md", Elements(metadata, "readme").Single().Value);
        Assert.IsNotEmpty(Elements(metadata, "description").Single().Value);
    }

    [TestMethod]
    [DataRow("FlipReg")]
    [DataRow("MLNet.FlipReg")]
    [DataRow("MLNet.FlipReg.Sweeps")]
    public void No_path_of_the_machine_is_in_a_library_or_its_symbols(string name)
    {
        byte[] library = Entry(Feed.Package(name), $"lib/net10.0/{name}.dll"), symbols = Entry(Feed.Package(name, "snupkg"), $"lib/net10.0/{name}.pdb");
        foreach (var path in new[] { Repository.Root, Repository.PackageCache, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) })
        {
            Assert.AreEqual(-1, library.AsSpan().IndexOf(Encoding.UTF8.GetBytes(path + "/")), path);
            Assert.AreEqual(-1, library.AsSpan().IndexOf(Encoding.Unicode.GetBytes(path + "/")), path);
        }

        // Names of source files lie in pieces in a symbol file: read as a debugger would.
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(symbols));
        var reader = provider.GetMetadataReader();
        var documents = reader.Documents.Select(d => reader.GetString(reader.GetDocument(d).Name)).ToList();
        Assert.IsNotEmpty(documents);
        Assert.AreEqual("", string.Join('\n', documents.Where(d => !d.StartsWith("/_/", StringComparison.Ordinal))));
        using var pe = new PEReader(new MemoryStream(library));
        var debug = pe.ReadDebugDirectory();
        Assert.Contains(d => d.Type == DebugDirectoryEntryType.Reproducible, debug);
        Assert.StartsWith("/_/", pe.ReadCodeViewDebugDirectoryData(debug.Single(d => d.Type == DebugDirectoryEntryType.CodeView)).Path);
    }

    [TestMethod]
    [TestCategory("Slow")]
    public void The_same_sources_in_another_folder_give_the_same_bytes()
    {
        var copy = Checkout.Copy("other place");
        foreach (var name in new[] { "FlipReg", "MLNet.FlipReg", "MLNet.FlipReg.Sweeps" })
        {
            var output = Feed.NewFolder("packed");
            Command.Run(copy, "dotnet", ["pack", Path.Combine(copy, "src", name), "-c", "Release", "-o", output, "--nologo", "-v", "quiet"], Checkout.Cache).Succeeded();
            var package = Path.Combine(output, Path.GetFileName(Feed.Package(name)));
            CollectionAssert.AreEqual(Entry(Feed.Package(name), $"lib/net10.0/{name}.dll"), Entry(package, $"lib/net10.0/{name}.dll"), name);
        }
    }

    private static byte[] Entry(string package, string name)
    {
        using var archive = ZipFile.OpenRead(package);
        using var stream = archive.GetEntry(name)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static XDocument Nuspec(string name) => XDocument.Load(new MemoryStream(Entry(Feed.Package(name), $"{name}.nuspec")));

    private static IEnumerable<XElement> Elements(XDocument document, string name) => document.Descendants().Where(e => e.Name.LocalName == name);
}
