using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>
/// x·Wᵀ + b for each of G groups of inputs and outputs by itself: the members of an ensemble. Products of a group go straight into its columns of what the
/// groups have together, so that all other layers work on all of them at once.
/// </summary>
internal sealed class GroupedLinearLayer : Layer
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly int _groups;
    private readonly List<Tensor> _views = [];
    private readonly Tensor[] _weights;
    private readonly Tensor[] _turnedWeights;
    private readonly Tensor[]? _weightGradients;
    private readonly Tensor? _biasColumn;
    private readonly Tensor? _biasGradient;
    private readonly Tensor?[] _inputs;
    private long _rows;
    private Tensor? _ones;
    private Tensor? _output;
    private Tensor[] _outputs = [];
    private Tensor? _inputGradient;
    private Tensor[] _inputGradients = [];

    /// <param name="weight">Outputs × (inputs / groups): group after group.</param>
    /// <param name="bias">Outputs, or null.</param>
    /// <param name="groups">Groups, which divide both.</param>
    public GroupedLinearLayer(Tensor weight, Tensor? bias, int groups)
        : base("linear")
    {
        (_weight, _bias, _groups) = ((Parameter)weight, (Parameter?)bias, groups);
        register_parameter("weight", _weight);
        if (_bias is not null)
            register_parameter("bias", _bias);
        _inputs = new Tensor?[groups];
        _weights = Divide(_weight, 0, View);
        _turnedWeights = Array.ConvertAll(_weights, w => View(w.t()));
        if (_weight.grad is { } gradient)
            _weightGradients = Divide(View(gradient), 0, View);
        _biasColumn = _bias is null ? null : View(_bias.view(-1, 1));
        _biasGradient = _bias?.grad is { } biasGradient ? View(biasGradient) : null;
    }

    public override Tensor forward(Tensor input)
    {
        var (outputs, inputs) = (_weight.shape[0] / _groups, _weight.shape[1]);
        return cat([.. Enumerable.Range(0, _groups).Select(g => nn.functional.linear(
            input.narrow(1, g * inputs, inputs), _weight.narrow(0, g * outputs, outputs), _bias?.narrow(0, g * outputs, outputs)))], 1);
    }

    public override void Resize(long rows)
    {
        base.Resize(rows);
        _rows = rows;
        _ones = Kept(ones([rows], dtype: _weight.dtype, device: _weight.device));
        if (!IsLast)
        {
            _output = Kept(zeros([rows, _weight.shape[0]], dtype: _weight.dtype, device: _weight.device));
            _outputs = Divide(_output, 1, Kept);
        }

        if (!IsFirst)
        {
            _inputGradient = Kept(zeros([rows, _weight.shape[1] * _groups], dtype: _weight.dtype, device: _weight.device));
            _inputGradients = Divide(_inputGradient, 1, Kept);
        }
    }

    public override Tensor StepForward(Tensor input)
    {
        // Logits lie by columns, as those of one network do: see LinearLayer.
        var whole = IsLast ? empty([_weight.shape[0], _rows], dtype: _weight.dtype, device: _weight.device) : _output!;
        if (_bias is not null)
            whole.copy_(IsLast ? _biasColumn! : _bias);
        var beta = _bias is null ? 0 : 1;
        var logits = IsLast ? Divide(whole, 0, view => view) : null;
        for (var g = 0; g < _groups; g++)
        {
            var own = _inputs[g] = input.narrow(1, g * _weight.shape[1], _weight.shape[1]);
            if (logits is null)
                _outputs[g].addmm_(own, _turnedWeights[g], beta: beta);
            else
                logits[g].addmm_(_weights[g], own.t(), beta: beta);
        }

        return IsLast ? whole.t() : whole;
    }

    public override Tensor? StepBackward(Tensor gradient)
    {
        var turned = gradient.t();
        _biasGradient?.addmv_(turned, _ones!, beta: 0);
        var outputs = _weight.shape[0] / _groups;
        for (var g = 0; g < _groups; g++)
        {
            _weightGradients![g].addmm_(turned.narrow(0, g * outputs, outputs), _inputs[g]!, beta: 0);
            if (!IsFirst)
                _inputGradients[g].addmm_(gradient.narrow(1, g * outputs, outputs), _weights[g], beta: 0);
        }

        return IsFirst ? null : _inputGradient;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _views.ForEach(view => view.Dispose());
        base.Dispose(disposing);
    }

    private Tensor[] Divide(Tensor whole, int dimension, Func<Tensor, Tensor> keep)
    {
        var size = whole.shape[dimension] / _groups;
        return [.. Enumerable.Range(0, _groups).Select(g => keep(whole.narrow(dimension, g * size, size)))];
    }

    private Tensor View(Tensor view)
    {
        _views.Add(view.DetachFromDisposeScope());
        return view;
    }
}
