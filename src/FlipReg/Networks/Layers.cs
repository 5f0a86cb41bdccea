using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>The generator that layers draw from while training. It belongs to one fit; a network that only predicts has none.</summary>
internal sealed class LayerRandom
{
    public Generator? Generator { get; set; }
}

/// <summary>A layer of a <see cref="Network"/>; its tensors are registered under their own names.</summary>
internal abstract class Layer(string name) : nn.Module<Tensor, Tensor>(name);

/// <summary>x·Wᵀ + b.</summary>
internal sealed class LinearLayer : Layer
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;

    public LinearLayer(Tensor weight, Tensor? bias)
        : base("linear")
    {
        _weight = (Parameter)weight;
        _bias = (Parameter?)bias;
        register_parameter("weight", _weight);
        if (_bias is not null)
            register_parameter("bias", _bias);
    }

    public override Tensor forward(Tensor input) => nn.functional.linear(input, _weight, _bias);
}

/// <summary>max(x, 0).</summary>
internal sealed class ReluLayer() : Layer("relu")
{
    public override Tensor forward(Tensor input) => nn.functional.relu(input);
}

/// <summary>Batch normalization over the rows.</summary>
internal sealed class BatchNormLayer : Layer
{
    private readonly Parameter _weight;
    private readonly Parameter _bias;
    private readonly Tensor _mean;
    private readonly Tensor _variance;
    private readonly double _momentum;
    private readonly double _epsilon;

    public BatchNormLayer(Tensor weight, Tensor bias, Tensor mean, Tensor variance, double momentum, double epsilon)
        : base("batchNorm")
    {
        (_weight, _bias, _mean, _variance, _momentum, _epsilon) = ((Parameter)weight, (Parameter)bias, mean, variance, momentum, epsilon);
        register_parameter("weight", _weight);
        register_parameter("bias", _bias);
        register_buffer("running_mean", _mean);
        register_buffer("running_var", _variance);
    }

    // A batch of one row has no variance: it is normalized by the running statistics, and leaves them as they are.
    public override Tensor forward(Tensor input) =>
        nn.functional.batch_norm(input, _mean, _variance, _weight, _bias, training && input.shape[0] > 1, _momentum, _epsilon);
}

/// <summary>Zeroes entries at random while training.</summary>
internal sealed class DropoutLayer(double rate, LayerRandom random) : Layer("dropout")
{
    public override Tensor forward(Tensor input)
    {
        if (!training || rate == 0)
            return input;
        // From the fit's own generator, so that fits running side by side draw the same masks as alone.
        using var mask = torch.empty(input.shape, dtype: input.dtype, device: input.device);
        mask.bernoulli_(1 - rate, random.Generator).mul_(Keep(1 / (1 - rate)));
        return input * mask;
    }
}
