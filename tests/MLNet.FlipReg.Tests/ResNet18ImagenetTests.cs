using FlipReg;
using FlipReg.Data;
using FlipReg.Networks;
using FlipReg.Training;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLNet.FlipReg.Tests.Support;
using static TorchSharp.torch;

namespace MLNet.FlipReg.Tests;

/// <summary>The network whose weights NuGet has (Microsoft.ML.DnnImageFeaturizer.ResNet18): its features are ONNX Runtime's, and a probe on them learns.</summary>
[TestClass]
public sealed class ResNet18ImagenetTests
{
    private const int Side = 224;

    private static readonly string[] _paths = [PathOf("ResNet18.onnx"), PathOf("ResNetPreprocess.onnx")];

    [TestMethod]
    public void Features_are_those_of_ONNX_Runtime()
    {
        var random = new Random(2);
        var pixels = Enumerable.Range(0, 3 * Side * Side).Select(i => (float)((i / 3 % 256 / 2) + random.Next(128))).ToArray();
        using var preprocess = new InferenceSession(_paths[1]);
        using var backbone = new InferenceSession(_paths[0]);
        using var prepared = preprocess.Run([NamedOnnxValue.CreateFromTensor("OriginalInput", new DenseTensor<float>(pixels, [1, 3, Side, Side]))]);
        using var expected = backbone.Run([NamedOnnxValue.CreateFromTensor(backbone.InputNames[0], prepared[0].AsTensor<float>())]);

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var spec = NetworkSpec.ResNet18Imagenet().Bind(new ImageShape(3, Side, Side), 10);
        var weights = PretrainedWeights.FromFile(_paths);
        var match = weights.Match(spec);
        CollectionAssert.AreEqual(new[] { "fc.weight", "fc.bias" }, match.Missing.ToArray());
        Assert.IsEmpty(match.OtherShape);
        Assert.IsEmpty(match.Unexpected);
        using var network = new Network(spec, CPU);
        weights.ApplyTo(network);
        network.eval();
        var features = network.Forward(tensor(pixels).view(1, -1), FrozenBackbone.BackboneLayers(spec)).ToHost<float>();
        Assert.HasCount(512, features);
        Assert.IsGreaterThan(0.5f, features.Max());
        Assertions.AreClose([expected[0].AsTensor<float>().ToArray()], [features], 1e-5);
    }

    [TestMethod]
    public void A_probe_learns_from_a_few_images()
    {
        var context = new MLContext(1);
        var schema = SchemaDefinition.Create(typeof(BlobRow));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3, Side, Side);
        IDataView Data(int seed) => context.Transforms.Conversion.MapValueToKey("Label").Fit(context.Data.LoadFromEnumerable(Images(3, 1), schema)).Transform(context.Data.LoadFromEnumerable(Images(12, seed), schema));
        using var model = context.MulticlassClassification.Trainers.Fer(new FerOptions
        {
            Network = NetworkSpec.ResNet18Imagenet(),
            Pretrained = PretrainedWeights.FromFile(_paths),
            FreezeBackbone = true,
            Epochs = 30,
            Seed = 1,
        }).Fit(Data(2));
        Assert.AreEqual(1, context.MulticlassClassification.Evaluate(model.Transform(Data(3))).MicroAccuracy);
        Assert.AreEqual(InputEncoding.Auto, new FerOptions().InputEncoding);
        Assert.IsTrue(model.Model.Encoder.IsIdentity);
        // Nothing of the machine's folders is in the model.
        Assert.DoesNotContain(".onnx", model.Model.OptionsJson);
    }

    /// <summary>Squares, discs and crosses somewhere in a picture.</summary>
    private static IEnumerable<BlobRow> Images(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var (x, y, size, colour) = (random.Next(70, 150), random.Next(70, 150), random.Next(30, 60), random.Next(100, 255));
            var pixels = new float[3 * Side * Side];
            for (var p = 0; p < pixels.Length; p++)
            {
                var (dx, dy) = ((p % Side) - x, (p / Side % Side) - y);
                var inside = (i % 3) switch
                {
                    0 => Math.Abs(dx) < size && Math.Abs(dy) < size,
                    1 => (dx * dx) + (dy * dy) < size * size,
                    _ => (Math.Abs(dx) < size && Math.Abs(dy) < size / 4) || (Math.Abs(dy) < size && Math.Abs(dx) < size / 4),
                };
                pixels[p] = inside ? colour : 30;
            }

            yield return new BlobRow { Id = i, Label = new[] { "square", "disc", "cross" }[i % 3], Features = pixels };
        }
    }

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "resnet18", name);
}
