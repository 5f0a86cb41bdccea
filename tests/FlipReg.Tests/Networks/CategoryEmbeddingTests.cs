using FlipReg.Networks;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Tests.Networks;

/// <summary>Categories as vectors: what a row becomes, the spec as data, and row 0.</summary>
[TestClass]
public class CategoryEmbeddingTests
{
    private static readonly CategoryEmbeddingSpec _spec = new(2, [new(3, 2), new(2, 1)]);

    [TestMethod]
    public void A_row_holds_its_ordinary_values_then_each_categorys_vector()
    {
        using var scope = NewDisposeScope();
        using var network = Build();
        var (first, second) = (network.State[0].Value, network.State[1].Value);
        // Missing, out of range and not numbers: row 0. Fractions are cut off.
        float[][] rows = [[1, 2, 3, 1], [3, 4, 0, 2], [5, 6, 4, -1], [7, 8, float.NaN, float.PositiveInfinity], [9, 10, 1.9f, 1e30f]];
        long[][] expected = [[3, 1], [0, 2], [0, 0], [0, 0], [1, 0]];
        var output = network.Continuous(tensor(rows.SelectMany(r => r).ToArray()).view(-1, 4)).detach();
        for (var i = 0; i < rows.Length; i++)
        {
            var row = cat([tensor(rows[i][..2]), first[expected[i][0]], second[expected[i][1]]]).detach();
            TestData.AreClose(row.data<float>(), output[i], 0, 0, $"row {i}");
        }

        CollectionAssert.AreEqual(new[] { 0, 1, 2, 2, 3 }, network.ColumnsOfContinuous().ToArray());
    }

    [TestMethod]
    public void Row_0_starts_at_zeros_and_becomes_the_mean_unless_it_was_trained()
    {
        using var scope = NewDisposeScope();
        using var network = Build();
        using var noGrad = no_grad();
        var (first, second) = (network.State[0].Value, network.State[1].Value);
        Assert.AreEqual(0, first[0].abs().sum().item<float>());
        Assert.IsTrue(first.narrow(0, 1, 3).abs().max().item<float>() is > 0.01f and <= (float)CategoryEmbeddingSpec.InitialBound);
        second[0].fill_(7);
        Assert.AreSame(network, network.Completed());
        TestData.AreClose(first.narrow(0, 1, 3).mean([0]).data<float>(), first[0], 1e-7, 1e-6, "mean");
        Assert.AreEqual(7, second[0].item<float>());
    }

    [TestMethod]
    public void A_category_decides()
    {
        // The class follows from the category alone; a third of the categories are not in training.
        const int Categories = 300;
        var random = new Random(1);
        (float[] Row, long Label)[] Rows(int count, int categories) => [.. Enumerable.Range(0, count).Select(_ =>
        {
            var category = random.Next(1, categories + 1);
            return (new[] { random.NextSingle(), category }, (long)(category * 7919 % 3));
        })];
        var options = new CrossEntropyOptions { Network = new NetworkSpec { Layers = [new CategoryEmbeddingSpec(1, [new(Categories, 8)]), new LinearSpec(32), new ReluSpec()] }, InputEncoding = InputEncoding.None, Epochs = 30, LearningRate = 0.1, BatchSize = 32, Seed = 1 };
        using var scope = NewDisposeScope();
        var training = Rows(3000, 200);
        using var table = TestData.Table([.. training.SelectMany(r => r.Row)], [.. training.Select(r => r.Label)], null, 2);
        var result = NetworkTrainer.Fit(table, null, 3, options, new FitContext { Seed = 1, Device = CPU });
        using var network = result.Network;
        var test = Rows(500, 200);
        var chosen = network.forward(tensor(test.SelectMany(r => r.Row).ToArray()).view(-1, 2)).argmax(1).data<long>().ToArray();
        Assert.IsGreaterThan(0.97, chosen.Zip(test).Count(pair => pair.First == pair.Second.Label) / 500.0);
        var vectors = network.State[0].Value;
        TestData.AreClose(vectors.narrow(0, 1, Categories).mean([0]).detach().data<float>(), vectors[0].detach(), 1e-6, 1e-5, "an unseen category is the average one");
    }

    [TestMethod]
    public void The_spec_is_data()
    {
        var spec = new NetworkSpec { Layers = [_spec, new ReluSpec()] };
        Assert.AreEqual(spec, NetworkSpec.FromJson(spec.ToJson()));
        var bound = spec.Bind(4, 3);
        Assert.AreEqual(bound, NetworkSpec.FromJson(bound.ToJson()));
        Assert.AreNotEqual(spec, new NetworkSpec { Layers = [_spec with { Tables = [new(3, 2), new(2, 2)] }, new ReluSpec()] });
        Assert.AreEqual((4 * 2) + (3 * 1) + (3 * 5) + 3, bound.ParameterCount);
        Assert.AreEqual(15, bound.MultiplyAdds(), "Rows of a table are looked up.");
        StringAssert.Contains(bound.Summary(), "Embedding 4 → 5 (2 × categories)", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow(1, 2)]
    [DataRow(2, 2)]
    [DataRow(10, 6)]
    [DataRow(100, 21)]
    [DataRow(1000, 64)]
    [DataRow(1_000_000, 16)]
    [DataRow(16_777_215, 1)]
    public void The_usual_width(int categories, int width) => Assert.AreEqual(width, CategoryTable.WidthFor(categories));

    [TestMethod]
    public void Bad_sizes_are_named()
    {
        Bad(_spec with { Numeric = -1 }, "CategoryEmbeddingSpec.Numeric must be at least 0 and at most 1048576. Got -1.");
        Bad(_spec with { Tables = [] }, "CategoryEmbeddingSpec.Tables must be at least 1 and at most 65536 tables, none of them null. Got 0.");
        Bad(_spec with { Tables = [new(0, 2), new(2, 1)] }, "CategoryTable.Categories must be at least 1 and at most 16777215. Got 0.");
        Bad(_spec with { Tables = [new(3, 2000), new(2, 1)] }, "CategoryTable.Width must be at least 1 and at most 1024. Got 2000.");
        Bad(_spec with { Tables = [.. Enumerable.Repeat(new CategoryTable(1, 1024), 20_000)] }, "CategoryEmbeddingSpec.Tables must give at most 16777216 values for a row. Got 20480002.");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new NetworkSpec { Layers = [_spec] }.Bind(5, 2)).Message, "must get rows of 4 values, 2 ordinary ones and 2 categories. Got 5.", StringComparison.Ordinal);
        StringAssert.Contains(new NetworkSpec { Layers = [new ReluSpec(), _spec] }.Problem()!, "CategoryEmbeddingSpec must be the first layer of a network. Got it as layer 2.", StringComparison.Ordinal);
        Assert.ThrowsExactly<FormatException>(() => NetworkSpec.FromJson("""{"layers":[{"layer":"embedding","numeric":1,"tables":null}]}"""));
        Assert.ThrowsExactly<FormatException>(() => NetworkSpec.FromJson("""{"layers":[{"layer":"embedding","numeric":1,"tables":[null]}]}"""));
        Assert.ThrowsExactly<FormatException>(() => NetworkSpec.FromJson("""{"layers":[{"layer":"embedding","numeric":2147483647,"tables":[{"categories":1,"width":1}]}]}"""));

        static void Bad(CategoryEmbeddingSpec spec, string message) => StringAssert.Contains(new NetworkSpec { Layers = [spec] }.Problem()!, message, StringComparison.Ordinal);
    }

    private static Network Build()
    {
        var network = new Network(new NetworkSpec { Layers = [_spec] }.Bind(4, 2), CPU);
        using var random = new Generator(1);
        network.Initialize(random, random);
        network.eval();
        return network;
    }
}
