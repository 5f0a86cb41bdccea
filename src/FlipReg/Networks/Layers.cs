using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>The generator that layers draw from while training. It belongs to one fit; a network that only predicts has none.</summary>
internal sealed class LayerRandom
{
    public Generator? Generator { get; set; }
}

/// <summary>
/// A layer of a <see cref="Network"/>; its tensors are registered under their own names. A training step calls <see cref="StepForward"/>, then
/// <see cref="StepBackward"/>, with gradients off. Here both go through an autograd graph of this layer alone; layers of which networks have
/// many write them by hand.
/// </summary>
internal abstract class Layer(string name) : nn.Module<Tensor, Tensor>(name)
{
    private Tensor? _stepInput;
    private Tensor? _stepOutput;
    private List<Tensor>? _gradients;
    private readonly List<Tensor> _kept = [];

    /// <summary>Whether the network's input is this layer's: it must stay as it is, and nobody asks for its gradient.</summary>
    public bool IsFirst { get; set; }

    /// <summary>Whether the logits are this layer's output: they must outlive the next steps.</summary>
    public bool IsLast { get; set; }

    /// <summary>Whether somebody else may need its output as it gave it: it is its input, or its own gradient is computed from it. Of a layer that says no, the next may overwrite it.</summary>
    public virtual bool NeedsOwnOutput => true;

    /// <summary>Whether <see cref="nn.Module{Tensor, Tensor}.forward"/> may overwrite its input.</summary>
    public bool MayOverwriteInput { get; set; }

    /// <summary>Whether its output changes smoothly, or at least without jumps, with its input.</summary>
    public virtual bool IsContinuous => true;

    /// <summary>Of a layer that is not <see cref="IsContinuous"/>: for each column of its output, the column of its input that it comes from.</summary>
    public virtual IReadOnlyList<int> SourceColumns => [];

    /// <summary>Called on the network that a fit returns: what is left to set once training is over.</summary>
    public virtual void Complete()
    {
    }

    /// <summary>Makes what the layer keeps from step to step for steps of <paramref name="rows"/> rows.</summary>
    public virtual void Resize(long rows) => Forget();

    /// <summary>
    /// <see cref="nn.Module{Tensor, Tensor}.forward"/> while training, keeping what <see cref="StepBackward"/> needs. May overwrite
    /// <paramref name="input"/> if it is not <see cref="IsFirst"/>, so none may need its own output later, but for its signs.
    /// </summary>
    public virtual Tensor StepForward(Tensor input)
    {
        using var grad = enable_grad();
        _stepInput = IsFirst ? input : input.detach().requires_grad_();
        _stepOutput = forward(_stepInput);
        return _stepOutput.detach();
    }

    /// <summary>
    /// Sets the gradients of the layer's parameters, whatever they were, from that of its output, which it may overwrite. Returns the gradient
    /// of its input; null if it is <see cref="IsFirst"/>.
    /// </summary>
    public virtual Tensor? StepBackward(Tensor gradient)
    {
        foreach (var own in _gradients ??= [.. parameters().Select(p => p.grad!.DetachFromDisposeScope())])
            own.zero_();
        if (_stepOutput!.requires_grad)
            _stepOutput.backward([gradient]);
        return IsFirst ? null : _stepInput!.grad;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Forget();
            _gradients?.ForEach(g => g.Dispose());
        }

        base.Dispose(disposing);
    }

    /// <summary>Memory that stays from step to step, until the next <see cref="Resize"/>: pages that are given back and taken again cost more than what is done in them.</summary>
    protected Tensor Kept(Tensor tensor)
    {
        _kept.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    private void Forget()
    {
        _kept.ForEach(t => t.Dispose());
        _kept.Clear();
    }
}

/// <summary>x·Wᵀ + b.</summary>
internal sealed class LinearLayer : Layer
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly Tensor _turnedWeight;
    private readonly Tensor? _biasColumn;
    private readonly Tensor? _weightGradient;
    private readonly Tensor? _biasGradient;
    private Tensor? _ones;
    private Tensor? _output;
    private Tensor? _inputGradient;
    private Tensor? _input;

    public LinearLayer(Tensor weight, Tensor? bias)
        : base("linear")
    {
        _weight = (Parameter)weight;
        _bias = (Parameter?)bias;
        register_parameter("weight", _weight);
        if (_bias is not null)
            register_parameter("bias", _bias);
        _turnedWeight = _weight.t().DetachFromDisposeScope();
        _biasColumn = _bias?.view(-1, 1).DetachFromDisposeScope();
        _weightGradient = _weight.grad?.DetachFromDisposeScope();
        _biasGradient = _bias?.grad?.DetachFromDisposeScope();
    }

    /// <summary>Multiplies the gradients of weights and bias.</summary>
    public float GradientScale { get; init; } = 1;

    public override Tensor forward(Tensor input) => nn.functional.linear(input, _weight, _bias);

    public override void Resize(long rows)
    {
        base.Resize(rows);
        _ones = Kept(ones([rows], dtype: _weight.dtype, device: _weight.device));
        if (!IsLast)
            _output = Kept(zeros([rows, _weight.shape[0]], dtype: _weight.dtype, device: _weight.device));
        if (!IsFirst)
            _inputGradient = Kept(zeros([rows, _weight.shape[1]], dtype: _weight.dtype, device: _weight.device));
    }

    public override Tensor StepForward(Tensor input)
    {
        _input = input;
        if (IsLast)
            return LogitsByColumns(input.t());
        return _bias is null ? _output!.addmm_(input, _turnedWeight, beta: 0) : _output!.copy_(_bias).addmm_(input, _turnedWeight);
    }

    // The few columns of the logits are faster to compute, and to work with, one after another: see Softmax.
    private Tensor LogitsByColumns(Tensor turned) => (_biasColumn is null ? _weight.mm(turned) : _biasColumn.addmm(_weight, turned)).t();

    // dW = gᵀ·x, db = gᵀ·1, dx = g·W, each written over what was there.
    public override Tensor? StepBackward(Tensor gradient)
    {
        var turned = gradient.t();
        _weightGradient!.addmm_(turned, _input!, beta: 0, alpha: GradientScale);
        _biasGradient?.addmv_(turned, _ones!, beta: 0, alpha: GradientScale);
        return IsFirst ? null : _inputGradient!.addmm_(gradient, _weight, beta: 0);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _turnedWeight.Dispose();
            _biasColumn?.Dispose();
            _weightGradient?.Dispose();
            _biasGradient?.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>max(x, 0).</summary>
internal sealed class ReluLayer() : Layer("relu")
{
    private Tensor? _output;

    public override Tensor forward(Tensor input) => MayOverwriteInput ? input.relu_() : nn.functional.relu(input);

    public override Tensor StepForward(Tensor input) => _output = IsFirst ? input.relu() : input.relu_();

    // The layers after this one are done with its output: its signs, 0 or 1, take its place.
    public override Tensor? StepBackward(Tensor gradient) => IsFirst ? null : gradient.mul_(_output!.sign_());
}

/// <summary>x·σ(x).</summary>
internal sealed class SiluLayer() : Layer("silu")
{
    private Tensor? _slope;
    private Tensor? _one;

    public override Tensor forward(Tensor input) => nn.functional.silu(input);

    public override void Resize(long rows)
    {
        base.Resize(rows);
        (_slope, _one) = (null, null);
    }

    // In place: the signs that a ReLU before it asks for later, 0 or 1, stay. The slope σ + y·(1 − σ) is made here, as the layers after this one may overwrite y.
    public override Tensor StepForward(Tensor input)
    {
        if (IsFirst)
            return forward(input);
        _slope ??= Kept(empty_like(input));
        _one ??= Kept(ones([], dtype: input.dtype, device: input.device));
        _slope.copy_(input).sigmoid_();
        var output = input.mul_(_slope);
        _slope.lerp_(_one, output);
        return output;
    }

    public override Tensor? StepBackward(Tensor gradient) => IsFirst ? null : gradient.mul_(_slope!);
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

    public override bool NeedsOwnOutput => false;

    // A batch of one row has no variance: it is normalized by the running statistics, and leaves them as they are.
    public override Tensor forward(Tensor input) =>
        nn.functional.batch_norm(input, _mean, _variance, _weight, _bias, training && input.shape[0] > 1, _momentum, _epsilon);
}

/// <summary>Zeroes entries at random while training.</summary>
internal sealed class DropoutLayer(double rate, LayerRandom random) : Layer("dropout")
{
    private Tensor? _mask;

    public override Tensor forward(Tensor input)
    {
        if (!training || rate == 0)
            return input;
        using var mask = Mask(input);
        return input * mask;
    }

    public override Tensor StepForward(Tensor input)
    {
        if (rate == 0)
            return input;
        _mask = Mask(input);
        return IsFirst ? input.mul(_mask) : input.mul_(_mask);
    }

    public override Tensor? StepBackward(Tensor gradient) => IsFirst ? null : rate == 0 ? gradient : gradient.mul_(_mask!);

    // From the fit's own generator, so that fits running side by side draw the same masks as alone.
    private Tensor Mask(Tensor input) =>
        empty(input.shape, dtype: input.dtype, device: input.device).bernoulli_(1 - rate, random.Generator).mul_(Keep(1 / (1 - rate)));
}
