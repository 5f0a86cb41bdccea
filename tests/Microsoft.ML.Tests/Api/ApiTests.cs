using System.Reflection;
using ApiGuard;

namespace Microsoft.ML.Tests.Api;

/// <summary>
/// The stand-in may hold nothing that the real packages lack: code written against it must compile against them.
/// With the real packages these tests compare the lists with the packages they were made from.
/// </summary>
[TestClass]
public sealed class ApiTests
{
    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "Api");
    private static readonly ApiList _public = ApiList.Read(Path.Combine(_folder, "microsoft-ml-5.0.0.txt"));
    private static readonly ApiList _internals = ApiList.Read(Path.Combine(_folder, "microsoft-ml-5.0.0-internals.txt"));

    private static Assembly Assembly => typeof(MLContext).Assembly;

    [TestMethod]
    public void Every_public_type_and_member_is_one_of_MLNet()
    {
        List<ApiLine> lines = [.. ApiLines.OfPublicTypes(Assembly)];
        Assert.IsGreaterThan(100, lines.Count, "The stand-in has a public surface.");
        AssertNone([.. lines.Where(line => !_public.Has(line))], _public, "are not in Microsoft.ML 5.0.0's public API");
    }

    /// <summary>What the product reaches through the friend compile. Helpers of our own may have other names.</summary>
    [TestMethod]
    public void Internal_members_have_the_signatures_of_MLNet()
    {
        var listed = _internals.Types.ToHashSet();
        List<ApiLine> lines = [.. Assembly.GetTypes()
            .Where(type => listed.Contains(TypeText.Of(type)))
            .SelectMany(type => ApiLines.Of(type, withInternals: true))];
        Assert.IsGreaterThan(50, lines.Count, "The stand-in has types of the list of internals.");
        AssertNone([.. lines.Where(line => _internals.Knows(line) && !_internals.Has(line))], _internals, "differ from ML.NET's internals");
    }

    [TestMethod]
    public void A_wrong_signature_is_noticed()
    {
        string name = TypeText.Of(typeof(IDataView));
        Assert.IsTrue(_public.Has(new ApiLine(name, "CanShuffle", $"{name} | bool CanShuffle {{ get; }}")));
        var wrong = new ApiLine(name, "CanShuffle", $"{name} | bool CanShuffle {{ get; set; }}");
        Assert.IsFalse(_public.Has(wrong));
        Assert.IsTrue(_public.Knows(wrong));
    }

    private static void AssertNone(List<ApiLine> wrong, ApiList list, string complaint) =>
        Assert.IsEmpty(wrong, $"{wrong.Count} lines {complaint}:\n"
            + string.Join("\n", wrong.Select(line => $"  {line.Text}\n      {list.Closest(line)}")));
}
