using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Networks.Images;

/// <summary>A convolution.</summary>
internal sealed class Conv2dLayer : Layer
{
    /// <summary>Values of an image that libtorch takes for a small one.</summary>
    private const long SmallImage = 20480;

    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly Window _window;
    private readonly int _groups;

    public Conv2dLayer(Tensor weight, Tensor? bias, Window window, int groups)
        : base("conv2d")
    {
        (_weight, _bias, _window, _groups) = ((Parameter)weight, (Parameter?)bias, window, groups);
        register_parameter("weight", _weight);
        if (_bias is not null)
            register_parameter("bias", _bias);
    }

    public override bool NeedsOwnOutput => false;

    public override Tensor forward(Tensor input)
    {
        if (IsAlone(input))
        {
            using var scope = NewDisposeScope();
            return Convolve(cat([input, input])).narrow(0, 0, 1).MoveToOuterDisposeScope();
        }

        return Convolve(input);
    }

    /// <summary>
    /// A single small image: libtorch leaves it to NNPACK, which tells standard error of every call where it does not know the processor. Of two, or of pixels as rows, it takes
    /// oneDNN, as of a batch: and so one image scores as it does among others.
    /// </summary>
    private bool IsAlone(Tensor input) => input.shape[0] == 1 && _groups == 1 && _window.Kernel <= 3 && input.numel() <= SmallImage;

    private Tensor Convolve(Tensor input)
    {
        using var scope = NewDisposeScope();
        // Parameters are float32, whatever the images are: their gradients, too.
        var (weight, bias) = (_weight.to(input.dtype), _bias?.to(input.dtype));
        if (_window is { Kernel: 1, Begin: 0, End: 0 } && _groups == 1)
            return Pixels(input, weight, bias).MoveToOuterDisposeScope();
        if (input.shape[2] == 1 && input.shape[3] == 1)
            input = input.flatten(1).view(input.shape);
        var (images, padding) = _window.IsEven ? (input, (long)_window.Begin) : (Padding.Around(input, _window, 0), 0L);
        return nn.functional.conv2d(images, weight, bias, [_window.Stride, _window.Stride], [padding, padding], [1, 1], _groups).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Windows of one pixel: a product of the pixels that are met, one a row. Not left to oneDNN: as of libtorch 2.10 it gives wrong values where channels lie side by side and the stride is 2
    /// (256 channels of 4×4 pixels on a processor with AVX-512: a test has the shapes), and NNPACK, which small ones go to, tells standard error of every call.
    /// </summary>
    private Tensor Pixels(Tensor input, Tensor weight, Tensor? bias)
    {
        var met = _window.Stride == 1 ? input : input.slice(2, 0, input.shape[2], _window.Stride).slice(3, 0, input.shape[3], _window.Stride);
        return nn.functional.linear(met.permute(0, 2, 3, 1).contiguous(), weight.flatten(1), bias).permute(0, 3, 1, 2);
    }
}

/// <summary>min(max(x, 0), 6).</summary>
internal sealed class Relu6Layer() : Layer("relu6")
{
    public override Tensor forward(Tensor input) => nn.functional.relu6(input);
}

/// <summary>The largest value of each window.</summary>
internal sealed class MaxPoolLayer(Window window) : Layer("maxPool")
{
    public override Tensor forward(Tensor input)
    {
        if (window.IsEven)
            return nn.functional.max_pool2d(input, [window.Kernel, window.Kernel], [window.Stride, window.Stride], [window.Begin, window.Begin]);
        using var padded = Padding.Around(input, window, double.NegativeInfinity);
        return nn.functional.max_pool2d(padded, [window.Kernel, window.Kernel], [window.Stride, window.Stride]);
    }
}

/// <summary>The mean of each window.</summary>
internal sealed class AveragePoolLayer(Window window) : Layer("averagePool")
{
    public override Tensor forward(Tensor input) =>
        nn.functional.avg_pool2d(input, [window.Kernel, window.Kernel], [window.Stride, window.Stride], [window.Begin, window.Begin]);
}

/// <summary>The mean of each channel.</summary>
internal sealed class GlobalAveragePoolLayer() : Layer("globalAveragePool")
{
    public override bool NeedsOwnOutput => false;

    public override Tensor forward(Tensor input) => input.mean([2, 3]);
}

/// <summary>An image as a list.</summary>
internal sealed class FlattenLayer() : Layer("flatten")
{
    // Channels may lie side by side: the list has them one after another.
    public override Tensor forward(Tensor input) => input.flatten(1);
}

/// <summary>Channels in another order.</summary>
internal sealed class ChannelShuffleLayer(int groups) : Layer("channelShuffle")
{
    public override Tensor forward(Tensor input)
    {
        var (rows, channels, height, width) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3]);
        using var scope = NewDisposeScope();
        // By channels innermost, as the images lie.
        return input.permute(0, 2, 3, 1).reshape(rows, height, width, groups, channels / groups).transpose(3, 4).reshape(rows, height, width, channels).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }
}

/// <summary>What is put around an image where it is not the same on all sides.</summary>
internal static class Padding
{
    public static Tensor Around(Tensor input, Window window, double value) =>
        nn.functional.pad(input, [window.Begin, window.End, window.Begin, window.End], TorchSharp.PaddingModes.Constant, value);
}
