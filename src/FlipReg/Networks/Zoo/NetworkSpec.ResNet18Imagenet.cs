using FlipReg.Networks.Zoo;
using static System.FormattableString;

namespace FlipReg;

/// <content>The network whose weights NuGet has.</content>
public sealed partial record NetworkSpec
{
    /// <summary>
    /// The residual network of the NuGet package Microsoft.ML.DnnImageFeaturizer.ResNet18, trained on ImageNet: blocks 2, 2, 2, 3, 512 features. It takes images of 3 × 224 × 224, red,
    /// green and blue from 0 to 255 as they are (<see cref="InputEncoding.None"/>), turns the channels around and subtracts the package's mean image.
    /// </summary>
    /// <remarks>
    /// Weights: <see cref="PretrainedWeights.FromFile"/> of the package's ResNet18.onnx and ResNetPreprocess.onnx, which it puts into the application's folder
    /// (DnnImageModels/ResNet18Onnx, DnnImageModels/ResNetPrepOnnx).
    /// </remarks>
    public static NetworkSpec ResNet18Imagenet()
    {
        // The package's names count the operations of its graph, each by two.
        var number = 249;
        var layers = new List<LayerSpec>
        {
            new MeanImageSpec(ReverseChannels: true) { Name = "MeanImage" },
            new Conv2dSpec(64, 7, 2, 3) { PaddingEnd = 2, Name = Invariant($"Convolution{number}") }, Blocks.Norm(Invariant($"BatchNormalization{number + 2}")), new ReluSpec(),
            new MaxPoolSpec(3, 2, 1) { PaddingEnd = 0 },
        };
        number += 8;
        int[] blocks = [2, 2, 2, 3];
        for (var stage = 0; stage < blocks.Length; stage++)
        {
            for (var block = 0; block < blocks[stage]; block++)
            {
                var (outputs, isFirst) = (64 << stage, block == 0 && stage > 0);
                // A block with a projection has it behind its own convolutions.
                // Where it has a stride, it pads above and left alone.
                LayerSpec[] body =
                [
                    new Conv2dSpec(outputs, 3, isFirst ? 2 : 1, 1) { PaddingEnd = isFirst ? 0 : null, Name = Invariant($"Convolution{number}") },
                    Blocks.Norm(Invariant($"BatchNormalization{number + 2}")), new ReluSpec(),
                    Blocks.Conv(Invariant($"Convolution{number + 6}"), outputs, 3), Blocks.Norm(Invariant($"BatchNormalization{number + 8}")),
                ];
                LayerSpec[]? shortcut = isFirst ? [Blocks.Conv(Invariant($"Convolution{number + 10}"), outputs, 1, 2), Blocks.Norm(Invariant($"BatchNormalization{number + 12}"))] : null;
                layers.AddRange([new ResidualSpec(body, shortcut) { Name = "" }, new ReluSpec()]);
                number += isFirst ? 18 : 14;
            }
        }

        return Complete(layers);
    }
}
