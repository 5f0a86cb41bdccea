using static TorchSharp.torch;

namespace FlipReg.Networks.Images;

/// <summary>The layers of a network that work on images, in one autograd graph: each of its operations takes so long that the graph costs next to nothing.</summary>
/// <param name="layers">The layers, from the network's first.</param>
/// <param name="enter">Makes images of rows.</param>
/// <param name="gradients">The gradients of the layers' parameters, end to end; null where they have none.</param>
internal sealed class GraphSegment(IReadOnlyList<Layer> layers, Func<Tensor, Tensor> enter, Tensor? gradients) : IDisposable
{
    private Tensor? _output;

    /// <summary>Type of the layers' values between their float32 parameters.</summary>
    public ScalarType Type { get; set; } = ScalarType.Float32;

    /// <summary>What the layers make of a step's rows, without its graph; nobody else needs it.</summary>
    public Tensor StepForward(Tensor rows)
    {
        using var grad = enable_grad();
        var images = enter(rows).to(Type);
        _output = LayerSequence.Run(layers, images).to(ScalarType.Float32);
        var output = _output.detach();
        return layers[^1].NeedsOwnOutput ? output.clone() : output;
    }

    /// <summary>Sets the gradients of the layers' parameters from that of the output.</summary>
    public void StepBackward(Tensor gradient)
    {
        gradients?.zero_();
        if (_output!.requires_grad)
            _output.backward([gradient]);
    }

    public void Dispose() => gradients?.Dispose();
}
