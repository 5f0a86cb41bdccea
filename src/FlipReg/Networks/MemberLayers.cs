using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>x ⊙ r_m for each member m, side by side: rows × n to rows × (members · n).</summary>
internal sealed class MemberInputLayer : Layer
{
    private readonly Parameter _weight;
    private readonly Tensor? _weightGradient;
    private Tensor? _input;
    private Tensor? _output;
    private Tensor? _product;

    /// <param name="weight">Members × n.</param>
    public MemberInputLayer(Tensor weight)
        : base("memberInput")
    {
        _weight = (Parameter)weight;
        register_parameter("weight", _weight);
        _weightGradient = _weight.grad?.DetachFromDisposeScope();
    }

    public override Tensor forward(Tensor input) => (input.unsqueeze(1) * _weight).flatten(1);

    public override void Resize(long rows)
    {
        base.Resize(rows);
        _output = Kept(empty([rows, _weight.shape[0], _weight.shape[1]], dtype: _weight.dtype, device: _weight.device));
        _product = Kept(empty_like(_output));
    }

    public override Tensor StepForward(Tensor input)
    {
        _input = input.unsqueeze(1);
        return _output!.copy_(_input).mul_(_weight).view(_output.shape[0], -1);
    }

    // dr = Σ over rows of g ⊙ x, dx = Σ over members of g ⊙ r.
    public override Tensor? StepBackward(Tensor gradient)
    {
        var own = gradient.view(_output!.shape);
        _weightGradient!.copy_(_product!.copy_(own).mul_(_input!).sum([0]));
        return IsFirst ? null : own.mul_(_weight).sum([1]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _weightGradient?.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>
/// One linear layer for each of G groups of a row by itself: a product of G times as many rows. The gradient of what the groups, members of an ensemble, have in common is the mean over them: each
/// has a loss of its own, and the sum would be a learning rate G times as high.
/// </summary>
internal sealed class SharedLinearLayer : Layer
{
    private readonly LinearLayer _linear;
    private readonly int _groups;

    /// <param name="weight">Outputs of a group × inputs of a group.</param>
    /// <param name="bias">Outputs of a group, or null.</param>
    /// <param name="groups">Groups.</param>
    public SharedLinearLayer(Tensor weight, Tensor? bias, int groups)
        : base("sharedLinear")
    {
        (_linear, _groups) = (new LinearLayer(weight, bias) { GradientScale = 1f / groups }, groups);
        register_module("linear", _linear);
    }

    public override Tensor forward(Tensor input) => Joined(_linear.forward(Divided(input)));

    public override void Resize(long rows)
    {
        // Never the last layer of all: members have outputs of their own.
        _linear.IsFirst = IsFirst;
        _linear.Resize(rows * _groups);
    }

    public override Tensor StepForward(Tensor input) => Joined(_linear.StepForward(Divided(input)));

    public override Tensor? StepBackward(Tensor gradient) => _linear.StepBackward(Divided(gradient)) is { } own ? Joined(own) : null;

    private Tensor Divided(Tensor rows) => rows.reshape(rows.shape[0] * _groups, -1);

    private Tensor Joined(Tensor parts) => parts.view(parts.shape[0] / _groups, -1);
}
