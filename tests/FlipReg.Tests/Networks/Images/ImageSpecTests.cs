namespace FlipReg.Tests.Networks.Images;

/// <summary>Specs of image networks as data: what is refused, and how.</summary>
[TestClass]
public class ImageSpecTests
{
    private static readonly ImageShape _shape = new(3, 16, 16);

    public static IEnumerable<object[]> Hostile()
    {
        string Nested(int depth) => depth == 0 ? """{"layer":"relu"}""" : $$"""{"layer":"residual","body":[{{Nested(depth - 1)}}]}""";
        string Image(string layers, string image = "3,16,16", int inputs = 768) => $$"""{"layers":[{{layers}}],"inputs":{{inputs}},"image":[{{image}}]}""";
        string Conv(int outputs, int kernel = 3, string more = "") => $$"""{"layer":"conv2d","outputs":{{outputs}},"kernel":{{kernel}}{{more}}}""";
        return
        [
            ["deep", $$"""{"layers":[{{Nested(4)}}]}""", "Layers must lie at most 4 deep"],
            ["very deep", $$"""{"layers":[{{Nested(2000)}}]}""", "cannot be read"],
            ["many", $$"""{"layers":[{"layer":"residual","body":[{{string.Join(",", Enumerable.Repeat("""{"layer":"relu"}""", 1000))}}]}]}""", "Layers must be at most 1000 in number, those inside of others too. Got 1001."],
            ["outputs", Image(Conv(0)), "Conv2dSpec.Outputs must be at least 1 and at most 65536. Got 0."],
            ["outputs", Image(Conv(int.MaxValue)), "Conv2dSpec.Outputs must be at least 1 and at most 65536. Got 2147483647."],
            ["kernel", Image(Conv(4, 65)), "Conv2dSpec.Kernel must be at least 1 and at most 64. Got 65."],
            ["stride", Image(Conv(4, 3, ",\"stride\":0")), "Conv2dSpec.Stride must be at least 1 and at most 64. Got 0."],
            ["padding", Image(Conv(4, 3, ",\"padding\":-1")), "Conv2dSpec.Padding must be at least 0 and at most 64. Got -1."],
            ["padding", Image(Conv(4, 3, ",\"paddingEnd\":1000000")), "Conv2dSpec.PaddingEnd must be at least 0 and at most 64. Got 1000000."],
            ["groups", Image(Conv(6, 3, ",\"groups\":2")), "Conv2dSpec.Groups must divide the 3 channels before the layer. Got 2."],
            ["groups", Image(Conv(6, 3, ",\"groups\":4")), "Conv2dSpec.Groups must be at least 1 and divide the 6 outputs. Got 4."],
            ["image", Image(Conv(4), "3,16", 768), "An image's shape must be a list of channels, height and width. Got 2 numbers."],
            ["image", Image(Conv(4), "65536,65536,65536"), "An image must have at most 268435456 values."],
            ["image", Image(Conv(4), "0,16,16"), "An image's channels must be at least 1. Got 0."],
            ["inputs", Image(Conv(4), inputs: 7), "Inputs must be the values of the image, 768. Got 7."],
            ["values", Image(Conv(65536, 1) + "," + Conv(65536, 64, ",\"padding\":64"), "1,64,64", 4096), "A layer must give images of 1 to 268435456 values."],
            ["small", Image("""{"layer":"maxPool","kernel":32,"stride":2}"""), "MaxPoolSpec must get images of at least 32 pixels in height and width. Got 3 × 16 × 16."],
            ["shapes", Image("""{"layer":"residual","body":[{"layer":"conv2d","outputs":4,"kernel":1}]}"""), "ResidualSpec.Shortcut must give what Body gives, 4 × 16 × 16. Got 3 × 16 × 16."],
            ["branches", Image("""{"layer":"branches","branches":[[]]}"""), "BranchesSpec.Branches must be at least 2 and at most 64 lists. Got 1."],
            ["branches", Image("""{"layer":"branches","branches":[[],[{"layer":"maxPool","kernel":2,"stride":2}]]}"""), "BranchesSpec.Branches must give images of one size, that of the first, 3 × 16 × 16. Got 3 × 8 × 8."],
            ["split", Image("""{"layer":"branches","branches":[[],[]],"split":true}"""), "BranchesSpec.Branches must divide the 3 channels before the layer. Got 2."],
            ["null", Image("""{"layer":"branches","branches":[[],null]}"""), ""],
            ["null", Image("""{"layer":"residual","body":[null]}"""), "ResidualSpec.Body must be at least 1 layer, none of them null."],
            ["name", $$"""{"layers":[{"layer":"relu","name":"{{new string('x', 101)}}"}]}""", "LayerSpec.Name must have at most 100 characters. Got 101."],
            ["layout", """{"layers":[{"layer":"flatten"}],"inputs":768,"image":[3,16,16],"layout":"Sideways"}""", "cannot be read"],
            ["not first", """{"layers":[{"layer":"residual","body":[{"layer":"embedding","numeric":1,"tables":[{"categories":3,"width":2}]}]}],"inputs":2}""", "CategoryEmbeddingSpec must be the first layer of a network."],
        ];
    }

    [TestMethod]
    [DynamicData(nameof(Hostile))]
    public void Json_out_of_bounds_is_a_format_error(string name, string json, string message) =>
        Assert.Contains(message, Assert.ThrowsExactly<FormatException>(() => NetworkSpec.FromJson(json)).Message, name);

    [TestMethod]
    public void A_network_for_images_is_bound_with_their_shape()
    {
        Assert.Contains("A network for images must know their shape. Got 768 inputs alone.", Assert.ThrowsExactly<ArgumentException>(() => NetworkSpec.SmallCnn().Bind(768, 10)).Message);
        Assert.AreEqual(768, NetworkSpec.Mlp([4]).Bind(_shape, 10).Inputs);
        Assert.IsNull(NetworkSpec.Mlp([4]).Bind(_shape, 10).Image);
        var bound = NetworkSpec.SmallCnn().Bind(_shape, 10, ImageLayout.ChannelsLast);
        Assert.AreEqual((_shape, ImageLayout.ChannelsLast, 768, 10), (bound.Image, bound.Layout, bound.Inputs, bound.Outputs));
        Assert.AreEqual(bound, NetworkSpec.FromJson(bound.ToJson()));
        Assert.AreNotEqual(bound, NetworkSpec.SmallCnn().Bind(_shape, 10));
        Assert.Contains("must be one of small_cnn, ", Assert.ThrowsExactly<ArgumentException>(() => NetworkSpec.ByName("resnet1000")).Message);
        foreach (var name in NetworkSpec.Names)
            Assert.AreEqual(10, NetworkSpec.ByName(name).Bind(new ImageShape(3, 64, 64), 10).Outputs, name);
    }

    /// <summary>A count of multiply-adds has no room to overflow.</summary>
    [TestMethod]
    public void Counts_of_the_largest_layers_stay_numbers()
    {
        var spec = new NetworkSpec { Layers = [.. Enumerable.Repeat(new Conv2dSpec(65536, 63, 1, 31), 20), new FlattenSpec()] }.Bind(new ImageShape(65536, 64, 64), 2);
        Assert.IsGreaterThan(1L << 59, spec.MultiplyAdds());
        Assert.IsGreaterThan(0, spec.ParameterCount!.Value);
        Assert.IsGreaterThan(0, spec.RowValues());
    }

    [TestMethod]
    public void Kernels_come_from_the_builders_arguments()
    {
        Assert.Contains("depth must be 10, 18, 34, 50 or 101. Got 19.", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkSpec.ResNet(19)).Message);
        Assert.Contains("depth must be 6n + 2 or 9n + 2", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkSpec.CifarResNet(21)).Message);
        Assert.Contains("depth must be 6n + 4", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkSpec.WideResNet(39, 2)).Message);
        Assert.Contains("cardinality must be at least 1 and at most 64. Got 0.", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkSpec.ResNeXt29(0, 4)).Message);
        Assert.Contains("channels must be 1 to 6 numbers", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkSpec.SmallCnn([])).Message);
        Assert.Contains("DropoutSpec.Rate must be at least 0 and below 1. Got 1.", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkSpec.SmallCnn(dropout: 1)).Message);
    }
}
