using Packaging.Tests.Support;

namespace Packaging.Tests;

/// <summary>FlipReg.targets on real and on altered libraries: which it mends, which it leaves alone.</summary>
[TestClass]
public class TargetsTests
{
    private const string Version = "GLIBCXX_3.4.32", Marker = "_ZSt21ios_base_library_initv", FileName = "libLibTorchSharp.so";
    private const int Weak = 2;

    private static readonly byte[] _original = File.ReadAllBytes(Repository.CachedBridge);
    private static string _folder = "";
    private static CommandResult _run = null!;
    private static Dictionary<string, string[]> _items = [];

    [ClassInitialize]
    public static void Build(TestContext _)
    {
        _folder = Feed.NewFolder("targets");
        WriteCase("real", _original);
        WriteCase("otherLibrary", File.ReadAllBytes(Path.Combine(Repository.PackageCache, "libtorch-cpu-linux-x64", Repository.Version("libtorch-cpu-linux-x64"), "runtimes", "linux-x64", "native", "libc10.so")));
        var carrier = new ElfFile(Repository.CachedBridge);
        carrier.SetVersion(carrier.UndefinedSymbols().First(s => s.StartsWith("_ZNSt", StringComparison.Ordinal)), carrier.NeededVersions().Single(v => v.Name == Version).Index);
        WriteCase("carrier", carrier.Bytes);
        var referred = new ElfFile(Repository.CachedBridge);
        referred.Refer(Marker);
        WriteCase("referred", referred.Bytes);
        WriteCase("brokenOff", _original[..(_original.Length / 2)]);
        WriteCase("text", "no library"u8.ToArray());
        WriteCase("empty", []);
        File.WriteAllText(Path.Combine(_folder, "cases.proj"), $"""
            <Project>
              <PropertyGroup>
                <IntermediateOutputPath>obj/</IntermediateOutputPath>
              </PropertyGroup>
              <Target Name="ResolvePackageAssets">
                <ItemGroup>
                  <NativeCopyLocalItems Include="cases/*/{FileName}" NuGetPackageVersion="1.0" />
                  <NativeCopyLocalItems Update="@(NativeCopyLocalItems)" PathInPackage="%(RecursiveDir){FileName}" DestinationSubPath="native/{FileName}" />
                  <RuntimeTargetsCopyLocalItems Include="cases/real/{FileName}" NuGetPackageVersion="1.0" PathInPackage="targets/real/{FileName}" DestinationSubPath="runtimes/{FileName}" />
                </ItemGroup>
              </Target>
              <Import Project="{Repository.File("src", "FlipReg", "buildTransitive", "FlipReg.targets")}" />
              <Target Name="Show" DependsOnTargets="ResolvePackageAssets">
                <ItemGroup>
                  <Line Include="@(NativeCopyLocalItems->'%(PathInPackage)|%(FullPath)|%(DestinationSubPath)')" />
                  <Line Include="@(RuntimeTargetsCopyLocalItems->'%(PathInPackage)|%(FullPath)|%(DestinationSubPath)')" />
                </ItemGroup>
                <WriteLinesToFile File="$(Result)" Lines="@(Line)" Overwrite="true" />
              </Target>
            </Project>
            """);
        (_run, _items) = Show("first.txt");
    }

    [TestMethod]
    public void TorchSharps_library_is_mended_in_one_flag_of_a_copy()
    {
        foreach (var (item, destination) in new[] { ("real", "native/" + FileName), ("targets/real", "runtimes/" + FileName) })
        {
            Assert.StartsWith(Path.Combine(_folder, "obj", "flipreg"), _items[item][1]);
            Assert.AreEqual(destination, _items[item][2], "The item's metadata is kept.");
            var mended = new ElfFile(_items[item][1]);
            var (entry, _, _, flags) = mended.NeededVersions().Single(v => v.Name == Version);
            Assert.AreEqual(Weak, flags);
            var differing = Enumerable.Range(0, _original.Length).Where(i => mended.Bytes[i] != _original[i]).ToList();
            CollectionAssert.AreEqual(new[] { entry + 4 }, differing);
            Assert.HasCount(_original.Length, mended.Bytes);
        }
    }

    [TestMethod]
    [DataRow("otherLibrary", null)]
    [DataRow("carrier", "_ZNSt")]
    [DataRow("referred", Marker)]
    [DataRow("text", null)]
    [DataRow("empty", null)]
    public void What_the_mend_does_not_fit_is_left_alone(string name, string? blamed)
    {
        AssertOriginal(_items, name);
        if (blamed is not null)
            Assert.Contains(l => l.Contains($"cases/{name}/") && l.Contains(blamed) && l.Contains("used as it is"), _run.Output.Split('\n'));
    }

    [TestMethod]
    public void A_file_that_breaks_off_gets_a_warning()
    {
        AssertOriginal(_items, "brokenOff");
        var warning = _run.Output.Split('\n').First(l => l.Contains("warning", StringComparison.Ordinal));
        Assert.Contains("cases/brokenOff/", warning);
        Assert.Contains("Restore the package again", warning);
    }

    [TestMethod]
    public void The_second_build_writes_nothing()
    {
        var before = Written();
        var (_, items) = Show("second.txt");
        Assert.AreEqual(_items["real"][1], items["real"][1]);
        CollectionAssert.AreEqual(before, Written());
    }

    [TestMethod]
    public void A_copy_that_was_deleted_is_made_again()
    {
        var mended = _items["real"][1];
        File.Delete(mended);
        var (_, items) = Show("again.txt");
        Assert.AreEqual(mended, items["real"][1]);
        Assert.AreEqual(Weak, new ElfFile(mended).NeededVersions().Single(v => v.Name == Version).Flags);
    }

    [TestMethod]
    public void One_property_turns_it_off()
    {
        var (_, items) = Show("off.txt", "-p:FlipRegMendTorchSharp=false");
        AssertOriginal(items, "real");
        AssertOriginal(items, "targets/real");
    }

    private static void AssertOriginal(Dictionary<string, string[]> items, string name) =>
        Assert.AreEqual(Path.Combine(_folder, "cases", Path.GetFileName(name), FileName), items[name][1]);

    private static List<string> Written() =>
        [.. Directory.EnumerateFiles(Path.Combine(_folder, "obj"), "*", SearchOption.AllDirectories).Order().Select(f => $"{f} {File.GetLastWriteTimeUtc(f):O}")];

    private static void WriteCase(string name, byte[] content) =>
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "cases", name)).FullName, FileName), content);

    /// <summary>Runs the targets; gives path and destination of each item by its case.</summary>
    private static (CommandResult Run, Dictionary<string, string[]> Items) Show(string result, params string[] arguments)
    {
        var run = Command.Dotnet(_folder, ["msbuild", "cases.proj", "-nologo", "-t:Show", $"-p:Result={result}", .. arguments]).Succeeded();
        return (run, File.ReadLines(Path.Combine(_folder, result)).Select(l => l.Split('|')).ToDictionary(f => Path.GetDirectoryName(f[0])!));
    }
}
