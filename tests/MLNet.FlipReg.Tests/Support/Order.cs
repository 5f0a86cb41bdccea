using Microsoft.ML.Data;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>A row with missing numbers and text categories, for whole pipelines as ONNX models.</summary>
public sealed class Order
{
    public string Label { get; set; } = "";

    [VectorType(2)]
    public float[] Numbers { get; set; } = [];

    public string Shop { get; set; } = "";

    public string Payment { get; set; } = "";

    /// <summary>The same rows for the same arguments everywhere; seeds other than 1 have a shop that seed 1 lacks.</summary>
    public static Order[] Rows(int count, int seed = 1)
    {
        var random = new Random(seed);
        string[] shops = seed == 1 ? ["Oslo", "Lyon", "Bonn"] : ["Oslo", "Lyon", "Bonn", "Rome"];
        return [.. Enumerable.Range(0, count).Select(i => new Order
        {
            Numbers = [i % 9 == 0 ? float.NaN : (float)random.NextDouble() * 100, i % 3],
            Shop = shops[random.Next(shops.Length)],
            Payment = random.Next(2) == 0 ? "card" : "invoice",
            Label = (i % 3) switch { 0 => "kept", 1 => "returned", _ => "lost" },
        })];
    }
}
