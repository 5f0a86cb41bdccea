using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using ApiGuard;
using Cultures;
using Microsoft.ML;

namespace FlipReg.Sweeps.Tests;

/// <summary>The public API is the listed one, messages follow no culture, and the engine knows of ML.NET nothing but attributes.</summary>
[TestClass]
public sealed class GuardTests
{
    /// <summary>What the compiler adds to every record.</summary>
    private static readonly string[] _ofRecords = ["EqualityContract", "PrintMembers", "Equals", "GetHashCode", "ToString", "Deconstruct", "op_Equality", "op_Inequality"];

    /// <summary>To accept a change, run with FLIPREG_WRITE_API=1 and commit the file.</summary>
    [TestMethod]
    public void The_public_api_is_the_listed_one()
    {
        var file = Path.Combine(Root(), "src", "MLNet.FlipReg.Sweeps", "PublicAPI.txt");
        var actual = ApiLines.OfPublicTypes(typeof(SweepCatalog).Assembly).Where(line => !_ofRecords.Contains(line.Name)).Select(line => line.Text).Order(StringComparer.Ordinal).ToArray();
        if (Environment.GetEnvironmentVariable("FLIPREG_WRITE_API") == "1")
            File.WriteAllLines(file, actual);
        var listed = File.ReadAllLines(file);
        Assert.AreEqual("", string.Join("\n", actual.Except(listed)), "Public, but not in PublicAPI.txt.");
        Assert.AreEqual("", string.Join("\n", listed.Except(actual)), "In PublicAPI.txt, but not public.");
    }

    [TestMethod]
    public void No_code_writes_a_number_in_the_current_culture() =>
        Assert.AreEqual("", string.Join("\n", CultureGuard.Findings(typeof(SweepCatalog).Assembly)), "Use FormattableString.Invariant or InvariantText.");

    [TestMethod]
    public void The_engine_refers_to_attributes_of_ML_NET_alone()
    {
        using var file = new PEReader(File.OpenRead(typeof(TrainingOptions).Assembly.Location));
        var reader = file.GetMetadataReader();
        var types = reader.TypeReferences.Select(reader.GetTypeReference)
            .Where(type => type.ResolutionScope.Kind == HandleKind.AssemblyReference && reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name).StartsWith("Microsoft.ML", StringComparison.Ordinal))
            .Select(type => $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}");
        CollectionAssert.IsSubsetOf(types.ToList(), new[] { "Microsoft.ML.SearchSpace.RangeAttribute", "Microsoft.ML.SearchSpace.ChoiceAttribute", "Microsoft.ML.SearchSpace.BooleanChoiceAttribute" });
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MLNet.FlipReg.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("No folder above the tests holds MLNet.FlipReg.sln.");
        return folder.FullName;
    }
}
