using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests.Golden;

/// <summary>The replay is worth what its comparison is worth.</summary>
[TestClass]
public sealed class JsonComparerTests
{
    [TestMethod]
    [DataRow("""{"a": 1, "b": [1.5, "NaN"]}""", """{"b": [1.5, "NaN"], "a": 1.0}""")]
    [DataRow("""{"v": {"length": 3, "indices": [1], "values": [2]}}""", """{"v": [0, 2, 0]}""")]
    [DataRow("""{"v": {"length": 2, "indices": [1], "values": ["x"]}}""", """{"v": ["", "x"]}""")]
    public void Same(string expected, string actual) => Assert.IsEmpty(Compare(expected, actual));

    [TestMethod]
    [DataRow("""{"a": 1}""", """{"a": 1.0000001}""", "a: expected 1, got 1.0000001")]
    [DataRow("""{"a": 1}""", """{"a": "1"}""", "a: expected 1, got \"1\"")]
    [DataRow("""{"a": null}""", """{}""", "a: expected null, got nothing")]
    [DataRow("""{}""", """{"a": null}""", "a: expected nothing, got null")]
    [DataRow("""{"a": [{"b": true}]}""", """{"a": [{"b": false}]}""", "a[0].b: expected true, got false")]
    [DataRow("""{"v": {"length": 3, "indices": [1], "values": [2]}}""", """{"v": [0, 2, 1]}""", "v[2]: expected 0, got 1")]
    [DataRow("""{"v": [0, 1]}""", """{"v": {"length": 2, "indices": [1], "values": [1]}}""",
        "v: expected [0,1], got {\"length\":2,\"indices\":[1],\"values\":[1]}")]
    public void Different(string expected, string actual, string difference) =>
        Assert.AreEqual(difference, Compare(expected, actual).Single());

    private static IReadOnlyList<string> Compare(string expected, string actual) =>
        JsonComparer.Compare(JsonNode.Parse(expected)!.AsObject(), JsonNode.Parse(actual)!.AsObject());
}
