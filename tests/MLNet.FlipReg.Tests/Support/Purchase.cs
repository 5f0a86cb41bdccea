using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>A row of several columns, of which the class needs most.</summary>
public sealed class Purchase
{
    public static readonly string[] Columns = ["Price", "Sizes", "Shop", "Tags"];

    private static readonly string[] _shops = ["Oslo", "Lyon", "Bonn", "Rome", "Bath"];

    private static readonly string[] _tags = ["new", "sale", "gift"];

    public string Label { get; set; } = "";

    public float Price { get; set; }

    [VectorType(2)]
    public float[] Sizes { get; set; } = [];

    public string Shop { get; set; } = "";

    [VectorType(2)]
    public string[] Tags { get; set; } = [];

    public float Weight { get; set; } = 1;

    /// <summary>The same rows for the same arguments everywhere.</summary>
    /// <param name="count">Rows.</param>
    /// <param name="seed">Other rows for another one.</param>
    /// <param name="unseen">Whether some rows have shops and tags that the keys do not know, and missing prices.</param>
    public static Purchase[] Rows(int count, int seed = 1, bool unseen = false)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var (shop, first, second) = (random.Next(5), random.Next(3), random.Next(3));
            var price = random.NextSingle() * 100;
            // Shop and first tag decide between two, the price about the third; the sizes and the second tag say nothing.
            var kind = price > 70 ? 2 : (shop + first) % 2;
            return new Purchase
            {
                Label = ((string[])["kept", "returned", "lost"])[kind],
                Price = unseen && i % 7 == 0 ? float.NaN : price,
                Sizes = [random.NextSingle(), random.Next(4)],
                Shop = unseen && i % 5 == 0 ? "Faro" : _shops[shop],
                Tags = [unseen && i % 6 == 0 ? "" : _tags[first], _tags[second]],
            };
        })];
    }

    /// <summary>Rows with their texts as keys, which are the same for all rows.</summary>
    public static IDataView View(MLContext context, IEnumerable<Purchase> rows, bool isBinary = false)
    {
        var data = context.Data.LoadFromEnumerable(rows);
        var prepared = Keys(context).Transform(data);
        return isBinary
            ? context.Transforms.Expression("Label", "x : x == \"lost\"", "Label").Fit(prepared).Transform(prepared)
            : context.Transforms.Conversion.MapValueToKey("Label", keyData: Values(context, "kept", "returned", "lost")).Fit(prepared).Transform(prepared);
    }

    /// <summary>What makes keys of shops and tags.</summary>
    public static ITransformer Keys(MLContext context) => context.Transforms.Conversion.MapValueToKey("Shop", keyData: Values(context, _shops))
        .Append(context.Transforms.Conversion.MapValueToKey("Tags", keyData: Values(context, _tags)))
        .Fit(context.Data.LoadFromEnumerable(Rows(1)));

    /// <summary>Has a trainer read all columns.</summary>
    public static void NameColumns(TrainingOptions options) => (options.NumericColumnNames, options.CategoricalColumnNames) = (["Price", "Sizes"], ["Shop", "Tags"]);

    private static IDataView Values(MLContext context, params string[] values) => context.Data.LoadFromEnumerable(values.Select(value => new KeyRow { Value = value }));

    private sealed class KeyRow
    {
        public string Value { get; set; } = "";
    }
}
