using ApiGuard;
using FlipReg;
using Microsoft.ML;

namespace MLNet.FlipReg.Tests;

/// <summary>
/// The public API stands in a file beside each project, so that no change of it goes unseen. To accept a change, run the tests with
/// FLIPREG_WRITE_API=1 and commit the files.
/// </summary>
[TestClass]
public sealed class PublicApiTests
{
    /// <summary>What the compiler adds to every record.</summary>
    private static readonly string[] _ofRecords = ["EqualityContract", "PrintMembers", "Equals", "GetHashCode", "ToString", "Deconstruct", "op_Equality", "op_Inequality"];

    [TestMethod]
    [DataRow("FlipReg", typeof(TrainingOptions))]
    [DataRow("MLNet.FlipReg", typeof(FlipRegCatalog))]
    public void The_public_api_is_the_listed_one(string project, Type member)
    {
        var file = Path.Combine(Root(), "src", project, "PublicAPI.txt");
        var actual = ApiLines.OfPublicTypes(member.Assembly).Where(line => !_ofRecords.Contains(line.Name)).Select(line => line.Text).Order(StringComparer.Ordinal).ToArray();
        if (Environment.GetEnvironmentVariable("FLIPREG_WRITE_API") == "1")
            File.WriteAllLines(file, actual);
        var listed = File.ReadAllLines(file);
        Assert.AreEqual("", string.Join("\n", actual.Except(listed)), "Public, but not in PublicAPI.txt.");
        Assert.AreEqual("", string.Join("\n", listed.Except(actual)), "In PublicAPI.txt, but not public.");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MLNet.FlipReg.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("No folder above the tests holds MLNet.FlipReg.sln.");
        return folder.FullName;
    }
}
