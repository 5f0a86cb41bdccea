using FlipReg.Data;
using FlipReg.Images;
using FlipReg.Networks;
using static System.FormattableString;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>
/// A network of which only the last layer is trained. What the others make of the rows is computed once; the last layer is trained on standard scores of that, of the usual length of
/// encoded rows, and rewritten for the features as they are.
/// </summary>
internal sealed class FrozenBackbone : IDisposable
{
    /// <summary>Bytes of the layers' outputs that are computed at once.</summary>
    private const long BytesAtOnce = 64 << 20;

    private const double LeastDeviation = 1e-6;

    private readonly Network _whole;
    private readonly int _backboneLayers;
    private Tensor? _shift;
    private Tensor? _scale;

    /// <param name="whole">The whole network with its first values; this object's from now on.</param>
    public FrozenBackbone(Network whole)
    {
        (_whole, _backboneLayers) = (whole, BackboneLayers(whole.Spec));
        whole.eval();
        Head = new NetworkSpec
        {
            Inputs = LayerTree.OutputShape(whole.Spec.Layers.Take(_backboneLayers), whole.Spec.InputShape).Values,
            Members = whole.Spec.Members,
            Layers = [.. whole.Spec.Layers.Skip(_backboneLayers)],
        };
    }

    /// <summary>The part that is trained: the last layer, and dropout right before it.</summary>
    public NetworkSpec Head { get; }

    /// <summary>Layers of a bound network's backbone: all but the last, and dropout right before it.</summary>
    public static int BackboneLayers(NetworkSpec spec)
    {
        var count = spec.Layers.Count - 1;
        while (count > 0 && spec.Layers[count - 1] is DropoutSpec)
            count--;
        return count;
    }

    /// <summary>Computes the features of a table's rows; those of the first one, the training rows, are the measure of all.</summary>
    /// <param name="table">Encoded rows.</param>
    /// <param name="throwIfCanceled">Called between batches.</param>
    public TrainingTable Features(TrainingTable table, Action throwIfCanceled)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var device = _whole.FlatParameters.device;
        using var images = table.Pixels is { } pixels ? new PixelBatches(pixels, table.Scaling!, device) : null;
        var atOnce = (int)Math.Clamp(BytesAtOnce / sizeof(float) / Math.Max(1, _whole.Spec.RowValues()), 1, 256);
        var features = empty([table.Rows, Head.Inputs!.Value], dtype: float32);
        for (var first = 0; first < table.Rows; first += atOnce)
        {
            throwIfCanceled();
            using var batch = NewDisposeScope();
            var count = Math.Min(atOnce, table.Rows - first);
            features.narrow(0, first, count).copy_(_whole.Forward(images?.Normalized(first, count) ?? table.Features.narrow(0, first, count).to(device), _backboneLayers));
        }

        if (_shift is null)
        {
            _shift = features.mean([0]).DetachFromDisposeScope();
            var centered = features.sub(_shift);
            var deviation = centered.mul(centered).mean([0]).sqrt();
            // A feature that never changes stays 0, whatever it is scaled by.
            var divisor = where(deviation.gt(Keep(LeastDeviation)), deviation, ones_like(deviation));
            _scale = full_like(divisor, Keep(Encoders.EncoderFit.RowScale(Head.Inputs!.Value))).div_(divisor).DetachFromDisposeScope();
        }

        features.sub_(_shift).mul_(_scale!);
        return table.With(features.DetachFromDisposeScope());
    }

    /// <summary>Sets a head's first values to those of the whole network's.</summary>
    public void ApplyTo(Network head)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (weight, bias) = LastLayer(_whole);
        var (ownWeight, ownBias) = LastLayer(head);
        // x = s/scale + shift: W·x + b = (W/scale)·s + (b + W·shift).
        var (shift, scale) = (_shift!.to(weight.device), _scale!.to(weight.device));
        ownWeight.copy_(PerFeature(weight, scale.reciprocal()));
        ownBias.copy_(bias.Plus(Along(weight, shift)));
    }

    /// <summary>The whole network with a trained head, on the CPU; the caller disposes it.</summary>
    public Network With(Network head)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var network = _whole.ToPredictor();
        var (weight, bias) = LastLayer(network);
        var (trainedWeight, trainedBias) = LastLayer(head);
        weight.copy_(PerFeature(trainedWeight.to(CPU), _scale!));
        bias.copy_(trainedBias.to(CPU).sub(Along(weight, _shift!)));
        return network;
    }

    public void Dispose()
    {
        _whole.Dispose();
        _shift?.Dispose();
        _scale?.Dispose();
    }

    private static (Tensor Weight, Tensor Bias) LastLayer(Network network)
    {
        var last = Invariant($"{network.Spec.Layers.Count - 1}.");
        return (network.State.Single(s => s.Name == last + "weight").Value, network.State.Single(s => s.Name == last + "bias").Value);
    }

    /// <summary>The last layer's weights, each times its feature's value. In groups each has features of its own.</summary>
    private Tensor PerFeature(Tensor weight, Tensor values)
    {
        var groups = Head.Inputs!.Value / weight.shape[1];
        return weight.view(groups, -1, weight.shape[1]).mul(values.view(groups, 1, -1)).view(weight.shape);
    }

    private Tensor Along(Tensor weight, Tensor values)
    {
        var groups = Head.Inputs!.Value / weight.shape[1];
        return weight.view(groups, -1, weight.shape[1]).matmul(values.view(groups, -1, 1)).view(-1);
    }
}
