using FlipReg.Networks;
using FlipReg.Onnx;
using static System.FormattableString;

namespace FlipReg;

/// <summary>One column of categories of a <see cref="CategoryEmbeddingSpec"/>.</summary>
/// <param name="Categories">Categories that training knows, K; 1 to 16,777,215.</param>
/// <param name="Width">Values that stand for a category; 1 to 1,024.</param>
public sealed record CategoryTable(int Categories, int Width)
{
    /// <summary>Values of a table that <see cref="WidthFor"/> does not exceed (64 MiB of Single), but for one value per category.</summary>
    private const long MaximumValues = 1 << 24;

    private const int WidestUsual = 64;

    /// <summary>
    /// The usual width for a number of categories: 1.6·K^0.56, rounded (the rule of fastai, from experiments of theirs), at most 64, and less where a table would
    /// have more than 16.8 million values: 1,000,000 categories get 16.
    /// </summary>
    internal static int WidthFor(int categories) =>
        (int)Math.Clamp(Math.Round(1.6 * Math.Pow(categories, 0.56)), 1, Math.Clamp(MaximumValues / categories, 1, WidestUsual));
}

/// <summary>
/// Categories as vectors of their own, learned with the network (Guo and Berkhahn, "Entity Embeddings of Categorical Variables", 2016). Only as a network's
/// first layer. A row holds <paramref name="Numeric"/> ordinary values, then one column per table with the category's number: 1 to K, or 0 for one
/// that is missing or that training has not seen; any other number counts as 0, and fractions are cut off. After the layer a row holds the ordinary values, then for each
/// table the category's vector.
/// </summary>
/// <remarks>
/// A table has K + 1 rows. Row 0 starts at zeros and is trained where training has missing categories. Where it has none, row 0 becomes the mean of the
/// other rows when the fit ends: an unseen category then counts like the average one.
/// </remarks>
/// <param name="Numeric">Ordinary values of a row; 0 to 1,048,576.</param>
/// <param name="Tables">The columns of categories; at least one.</param>
public sealed record CategoryEmbeddingSpec(int Numeric, IReadOnlyList<CategoryTable> Tables) : LayerSpec
{
    /// <summary>Bound of the first values, drawn uniformly: that of Guo and Berkhahn's networks. Small, so that a rare category starts as an average one.</summary>
    internal const double InitialBound = 0.05;

    /// <summary>Values of all tables from which on the processor trains them by rows: below, a step of all of them is quick.</summary>
    internal const long LeastByRows = 1 << 16;

    private const int MaximumWidth = 1 << 24;

    internal override int? RequiredInputs => Numeric + (Tables?.Count ?? 0);

    /// <summary>Values of all tables.</summary>
    internal long TableValues => Tables.Sum(table => (table.Categories + 1L) * table.Width);

    internal override bool IsFirstOnly => true;

    internal override RowShape OutputShape(RowShape input)
    {
        CheckValues();
        var inputWidth = RequireList(input);
        Require(inputWidth == RequiredInputs, "CategoryEmbeddingSpec", Invariant($"must get rows of {RequiredInputs} values, {Numeric} ordinary ones and {Tables.Count} categories"), inputWidth);
        return RowShape.List((int)Width);
    }

    internal override IEnumerable<TensorSpec> Tensors(RowShape input) =>
        Tables.Select((table, i) => new TensorSpec(Invariant($"table{i}"), [table.Categories + 1L, table.Width], TensorRole.Parameter, InitialBound, FirstRowIsZero: true));

    /// <summary>Rows are looked up, nothing is multiplied.</summary>
    internal override long MultiplyAdds(RowShape input) => 0;

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new CategoryEmbeddingLayer(Numeric, tensors);

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name)
    {
        var parts = new List<string>(tensors.Count + 1);
        if (Numeric > 0)
        {
            var columns = graph.Constant($"{name}.numeric_columns", [.. Enumerable.Range(0, Numeric).Select(i => (long)i)], [Numeric]);
            parts.Add(graph.Node("Gather", $"{name}.numeric", [input, columns], new OnnxAttribute("axis", 1)));
        }

        // ML.NET's context takes no scalars: lists of one, and the dimension that they leave is flattened away.
        var low = graph.Constant(new OnnxTensor($"{name}.low", [1], [CategoryEmbeddingLayer.Low]));
        var none = graph.Constant(new OnnxTensor($"{name}.none", [1], [0f]));
        for (var i = 0; i < tensors.Count; i++)
        {
            var part = Invariant($"{name}.{i}");
            var number = graph.Node("Gather", $"{part}.number", [input, graph.Constant($"{part}.column", Numeric + i, [1])], new OnnxAttribute("axis", 1));
            var high = graph.Constant(new OnnxTensor($"{part}.high", [1], [CategoryEmbeddingLayer.High(Tables[i].Categories)]));
            var known = graph.Node("And", $"{part}.known", [graph.Node("Greater", $"{part}.above", [number, low]), graph.Node("Less", $"{part}.below", [number, high])]);
            // Where takes the shape of the numbers; opset 9 has it.
            var index = graph.Node("Cast", $"{part}.index", [graph.Node("Where", $"{part}.checked", [known, number, none])], new OnnxAttribute("to", OnnxModel.Int64));
            var vector = graph.Node("Gather", $"{part}.vector", [graph.Constant(tensors[i]), index], new OnnxAttribute("axis", 0));
            parts.Add(graph.Node("Flatten", $"{part}.flat", [vector], new OnnxAttribute("axis", 1)));
        }

        return graph.Node("Concat", name, parts, new OnnxAttribute("axis", 1));
    }

    internal override string Describe(RowShape input) => Invariant($"Embedding {input} → {Width} ({Tables.Count} × categories)");

    private protected override void CheckValues()
    {
        Require(Numeric is >= 0 and <= 1 << 20, "CategoryEmbeddingSpec.Numeric", "must be at least 0 and at most 1048576", Numeric);
        Require(Tables is { Count: >= 1 and <= 1 << 16 } && Tables.All(table => table is not null), "CategoryEmbeddingSpec.Tables", "must be at least 1 and at most 65536 tables, none of them null", Tables?.Count ?? 0);
        foreach (var table in Tables!)
        {
            Require(table.Categories is >= 1 and < 1 << 24, "CategoryTable.Categories", "must be at least 1 and at most 16777215", table.Categories);
            Require(table.Width is >= 1 and <= 1024, "CategoryTable.Width", "must be at least 1 and at most 1024", table.Width);
        }

        Require(Width <= MaximumWidth, "CategoryEmbeddingSpec.Tables", Invariant($"must give at most {MaximumWidth} values for a row"), Width);
    }

    private long Width => Numeric + Tables.Sum(table => (long)table.Width);

    /// <summary>Two layers are equal when their tables are, one by one.</summary>
    public bool Equals(CategoryEmbeddingSpec? other) => other is not null && Name == other.Name && Numeric == other.Numeric && Tables.SequenceEqual(other.Tables);

    /// <inheritdoc/>
    public override int GetHashCode() => Tables.Aggregate(Numeric, HashCode.Combine);
}
