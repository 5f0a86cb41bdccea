using System.Buffers.Binary;
using Packaging.Tests.Support;

namespace Packaging.Tests;

/// <summary>Native libraries that cannot load: our first use says which file, what it lacks, on which system, and the remedy.</summary>
[TestClass]
[TestCategory("Slow")]
public class LoadFailureTests
{
    private const string Bridge = "libLibTorchSharp.so", Libtorch = "libtorch_cpu.so";

    /// <summary>Fits, or loads a model where one is named; prints what it got.</summary>
    private const string Program = """
        using Microsoft.ML;

        try
        {
            var ml = new MLContext(seed: 1);
            if (args is [var path])
            {
                ml.Model.Load(path, out _);
            }
            else
            {
                var data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(i => new Row { Features = [i, i % 7], Label = i < 20 ? "low" : "high" }));
                var model = ml.Transforms.Conversion.MapValueToKey("Label").Append(ml.MulticlassClassification.Trainers.CrossEntropy(epochs: 1)).Fit(data);
                ml.Model.Save(model, data.Schema, "model.zip");
            }

            Console.WriteLine("It works.");
            return 0;
        }
        catch (Exception e)
        {
            for (var cause = e; cause is not null; cause = cause.InnerException)
                Console.WriteLine($"{cause.GetType().Name}: {cause.Message}");
            return 1;
        }

        public sealed class Row
        {
            [Microsoft.ML.Data.VectorType(2)]
            public float[] Features { get; set; } = [];

            public string Label { get; set; } = "";
        }
        """;

    private static Consumer _app = null!;
    private static string _works = "";

    [ClassInitialize]
    public static void Build(TestContext _)
    {
        _app = new Consumer(Program);
        _works = Path.Combine(_app.Folder, "works");
        _app.Build("-r", "linux-x64", "--self-contained", "false", "-o", _works);
        Assert.Contains("It works.", Run(_works).Succeeded().Output);
    }

    [TestMethod]
    public void Switched_off_mend()
    {
        var folder = Path.Combine(_app.Folder, "unmended");
        _app.Build("-r", "linux-x64", "--self-contained", "false", "-o", folder, "-p:FlipRegMendTorchSharp=false");
        if (Run(folder) is { ExitCode: 0 })
            Assert.Inconclusive("This system's libstdc++ has GLIBCXX_3.4.32: nothing needs the mend.");
        AssertSays(folder, Path.Combine(folder, Bridge), "GLIBCXX_3.4.32", "libstdc++.so.6", "FlipRegMendTorchSharp");
    }

    [TestMethod]
    public void System_that_lacks_a_version_that_is_really_needed()
    {
        var folder = Variant();
        var bridge = new ElfFile(Path.Combine(folder, Bridge));
        bridge.RenameVersion("GLIBCXX_3.4.30", "GLIBCXX_3.4.99");
        Replace(folder, Bridge, bridge.Bytes);
        AssertSays(folder, Path.Combine(folder, Bridge), "GLIBCXX_3.4.99", "libstdc++.so.6", "older than TorchSharp allows");
    }

    [TestMethod]
    public void No_libtorch()
    {
        var folder = Variant();
        foreach (var file in Directory.EnumerateFiles(folder, "lib*.so*").Where(f => Path.GetFileName(f) is var name && (name.StartsWith("libtorch", StringComparison.Ordinal) || name.StartsWith("libc10", StringComparison.Ordinal))).ToList())
            File.Delete(file);
        AssertSays(folder, "libtorch.so", "libtorch-cpu-linux-x64 2.10.0");
    }

    [TestMethod]
    public void No_native_part_of_TorchSharp()
    {
        var folder = Variant();
        File.Delete(Path.Combine(folder, Bridge));
        AssertSays(folder, Bridge, "package TorchSharp");
    }

    [TestMethod]
    public void Part_of_libtorch_is_missing()
    {
        var folder = Variant();
        File.Delete(Path.Combine(folder, "libc10.so"));
        AssertSays(folder, "libc10.so", "libtorch-cpu-linux-x64 2.10.0");
    }

    [TestMethod]
    public void Libtorch_that_lacks_a_symbol()
    {
        var folder = Variant();
        var bridge = new ElfFile(Path.Combine(folder, Bridge));
        // A function: found lazily, it would end the process at its first call.
        var missing = bridge.Misspell(bridge.UndefinedSymbols().First(s => s.StartsWith("_ZN2at4_ops", StringComparison.Ordinal)));
        Replace(folder, Bridge, bridge.Bytes);
        AssertSays(folder, Path.Combine(folder, Bridge), missing, "needs libtorch 2.10.0", "Got libtorch 2.10.0");
    }

    [TestMethod]
    public void Libtorch_of_another_version_with_every_symbol()
    {
        var folder = Variant();
        var libtorch = new ElfFile(Path.Combine(folder, Libtorch));
        // The number that the function returns; minor is the second byte from above.
        var code = libtorch.Bytes.AsSpan(libtorch.SymbolOffset("aoti_torch_abi_version"), 16);
        var at = code.IndexOf(BitConverter.GetBytes(0x020a000000000000UL));
        Assert.IsGreaterThanOrEqualTo(0, at);
        BinaryPrimitives.WriteUInt64LittleEndian(code[at..], 0x0209010000000000UL);
        Replace(folder, Libtorch, libtorch.Bytes);
        AssertSays(folder, Path.Combine(folder, Libtorch), "needs libtorch 2.10.0", "Got libtorch 2.9.1");
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("version https://git-lfs.github.com/spec/v1, and no library at all: this is text")]
    public void Damaged_libtorch(string content)
    {
        var folder = Variant();
        Replace(folder, "libtorch.so", System.Text.Encoding.ASCII.GetBytes(content));
        AssertSays(folder, Path.Combine(folder, "libtorch.so"), "restore its package again");
    }

    /// <summary>Both first uses, fit and load, say these things and the system; TorchSharp has not begun to copy.</summary>
    private static void AssertSays(string folder, params string[] parts)
    {
        File.Copy(Path.Combine(_works, "model.zip"), Path.Combine(folder, "saved.zip"));
        foreach (var run in new[] { Run(folder), Run(folder, "saved.zip") })
        {
            var output = run.Failed().Output;
            Assert.Contains("DllNotFoundException: ", output, run.Error);
            var message = output.Split('\n').First(l => l.StartsWith("DllNotFoundException: ", StringComparison.Ordinal));
            foreach (var part in (string[])[.. parts, System.Runtime.InteropServices.RuntimeInformation.OSDescription, "glibc "])
                Assert.Contains(part, message, output);
            Assert.DoesNotContain("LoadNativeBackend", output + run.Error);
        }

        Assert.IsFalse(Directory.Exists(Path.Combine(folder, "cpu")));
    }

    private static CommandResult Run(string folder, params string[] arguments) => Command.Run(folder, "dotnet", ["app.dll", .. arguments]);

    /// <summary>A copy of the program; the native libraries are links, to be replaced one by one.</summary>
    private static string Variant()
    {
        var folder = Feed.NewFolder("variant");
        foreach (var file in Directory.EnumerateFiles(_works))
        {
            var target = Path.Combine(folder, Path.GetFileName(file));
            if (file.Contains(".so", StringComparison.Ordinal))
                File.CreateSymbolicLink(target, file);
            else
                File.Copy(file, target);
        }

        return folder;
    }

    private static void Replace(string folder, string file, byte[] content)
    {
        var path = Path.Combine(folder, file);
        File.Delete(path);
        File.WriteAllBytes(path, content);
    }
}
