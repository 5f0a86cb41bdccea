using System.Text.Json;
using FlipReg.Networks;
using static TorchSharp.torch;

namespace FlipReg.Tests.Weights;

/// <summary>What the tests of weights share: files that PyTorch wrote, and values by a formula that PyTorch has, too (tests/Golden/weights).</summary>
internal static class WeightData
{
    /// <summary>The network of the small files.</summary>
    public static NetworkSpec Small { get; } = new NetworkSpec
    {
        Layers = [new Conv2dSpec(3, 3, Bias: true) { Name = "conv" }, new BatchNormSpec { Name = "norm" }, new GlobalAveragePoolSpec()],
        OutputName = "fc",
    }.Bind(new ImageShape(2, 5, 5), 2);

    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "weights", name);

    public static JsonElement Json(string name) => JsonDocument.Parse(File.ReadAllText(PathOf(name))).RootElement;

    /// <summary>Values of a tensor by its name: the formula of torch_files.py.</summary>
    public static Tensor Formula(string name, params long[] shape)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        var seed = name.Select((letter, place) => (long)letter * (place + 1)).Sum();
        var values = new float[count];
        for (long i = 0; i < count; i++)
        {
            var unit = ((((i * 7919) + (seed * 104729)) % 10007) / 10007.0) - 0.5;
            values[i] = (float)(name.EndsWith("running_var", StringComparison.Ordinal) ? 1 + unit : shape.Length > 1 ? unit * 4 / Math.Sqrt(count / shape[0]) : unit);
        }

        return tensor(values).view(shape);
    }

    /// <summary>A network in evaluation mode with weights from files.</summary>
    public static Network Load(NetworkSpec spec, params string[] paths)
    {
        var network = new Network(spec, CPU);
        PretrainedWeights.FromFile(paths).ApplyTo(network);
        network.eval();
        return network;
    }
}
