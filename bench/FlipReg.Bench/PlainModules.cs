using static TorchSharp.torch;

namespace FlipReg.Bench;

/// <summary>A network for images as a .NET user writes it with TorchSharp's own modules.</summary>
internal static class PlainModules
{
    /// <summary>A Sequential of a list of layers, and the channels behind it.</summary>
    public static (nn.Module<Tensor, Tensor> Module, long Channels) Build(IReadOnlyList<LayerSpec> layers, long channels)
    {
        var modules = new List<(string, nn.Module<Tensor, Tensor>)>();
        foreach (var layer in layers)
        {
            var name = FormattableString.Invariant($"m{modules.Count}");
            switch (layer)
            {
                case Conv2dSpec conv:
                    modules.Add((name, nn.Conv2d(channels, conv.Outputs, conv.Kernel, conv.Stride, conv.Padding, groups: conv.Groups, bias: conv.Bias)));
                    channels = conv.Outputs;
                    break;
                case BatchNormSpec: modules.Add((name, nn.BatchNorm2d(channels))); break;
                case ReluSpec: modules.Add((name, nn.ReLU(inplace: true))); break;
                case MaxPoolSpec pool: modules.Add((name, nn.MaxPool2d(pool.Kernel, pool.Stride, pool.Padding))); break;
                case GlobalAveragePoolSpec:
                    modules.Add((name, nn.AdaptiveAvgPool2d(1)));
                    modules.Add((name + "f", nn.Flatten()));
                    break;
                case ResidualSpec residual:
                    var (body, after) = Build(residual.Body, channels);
                    modules.Add((name, new Residual(body, residual.Shortcut is { } shortcut ? Build(shortcut, channels).Module : nn.Identity())));
                    channels = after;
                    break;
                case LinearSpec linear:
                    modules.Add((name, nn.Linear(channels, linear.Outputs)));
                    channels = linear.Outputs;
                    break;
                default: throw new NotSupportedException(layer.GetType().Name);
            }
        }

        return (nn.Sequential(modules), channels);
    }

    private sealed class Residual : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> _body;
        private readonly nn.Module<Tensor, Tensor> _shortcut;

        public Residual(nn.Module<Tensor, Tensor> body, nn.Module<Tensor, Tensor> shortcut)
            : base("residual")
        {
            (_body, _shortcut) = (body, shortcut);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _body.forward(input) + _shortcut.forward(input);
    }
}
