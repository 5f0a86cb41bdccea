using static TorchSharp.torch;

namespace FlipReg.Networks.Images;

/// <summary>x − mean, of the channels in their order or turned around.</summary>
internal sealed class MeanImageLayer : Layer
{
    private readonly Tensor _mean;
    private readonly bool _reverse;

    public MeanImageLayer(Tensor mean, bool reverse)
        : base("meanImage")
    {
        (_mean, _reverse) = (mean, reverse);
        register_buffer("mean", mean);
    }

    public override bool NeedsOwnOutput => false;

    public override Tensor forward(Tensor input)
    {
        if (!_reverse)
            return input.sub(_mean).to(input.dtype);
        using var turned = input.flip(1);
        return turned.sub(_mean).to(input.dtype);
    }
}
