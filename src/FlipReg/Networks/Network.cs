using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>
/// The module of a bound <see cref="NetworkSpec"/>: features n×d to logits n×K. All parameters are views of one flat tensor, so that an
/// optimizer step is a handful of operations whatever the number of layers.
/// </summary>
internal sealed class Network : nn.Module<Tensor, Tensor>
{
    private readonly List<Layer> _layers = [];
    private readonly List<(string Name, Tensor Value)> _state = [];
    private readonly LayerRandom _random = new();
    private long _stepRows;

    /// <param name="spec">A bound spec.</param>
    /// <param name="device">Where the tensors live.</param>
    /// <param name="trainable">Whether gradients are kept; a network that only predicts has none.</param>
    public Network(NetworkSpec spec, Device device, bool trainable = false)
        : base("network")
    {
        Spec = spec;
        Width = spec.Inputs ?? throw new ArgumentException("The network has no input size yet. Call Bind first.", nameof(spec));
        Classes = spec.Outputs!.Value;
        Members = spec.Members ?? 1;
        MultiplyAdds = spec.MultiplyAdds();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        FlatParameters = new Parameter(zeros([spec.ParameterCount!.Value], dtype: float32, device: device), trainable);
        FlatParameters.DetachFromDisposeScope();
        if (trainable)
            FlatParameters.grad = FlatGradients = zeros([spec.ParameterCount!.Value], dtype: float32, device: device).DetachFromDisposeScope();
        var tensors = spec.NamedTensors().ToLookup(t => t.Layer);
        long offset = 0;
        for (var i = 0; i < spec.Layers.Count; i++)
        {
            var owned = new List<Tensor>();
            foreach (var (name, _, tensor) in tensors[i])
            {
                var value = tensor.Role == TensorRole.Parameter
                    ? View(tensor, offset)
                    : full(tensor.Shape, Keep(tensor.Value), dtype: float32, device: device);
                offset += tensor.Role == TensorRole.Parameter ? tensor.Count : 0;
                owned.Add(value.DetachFromDisposeScope());
                _state.Add((name, value));
            }

            var layer = spec.Layers[i].Build(owned, _random);
            (layer.IsFirst, layer.IsLast) = (i == 0, i == spec.Layers.Count - 1);
            register_module(i.ToString(CultureInfo.InvariantCulture), layer);
            _layers.Add(layer);
        }
    }

    /// <summary>The bound spec.</summary>
    public NetworkSpec Spec { get; }

    /// <summary>Features of a row.</summary>
    public int Width { get; }

    /// <summary>Classes: logits of a row.</summary>
    public int Classes { get; }

    /// <summary>Members of the ensemble that it is; 1 for one network.</summary>
    public int Members { get; }

    /// <summary>Multiply-adds of one row's forward pass.</summary>
    public long MultiplyAdds { get; }

    /// <summary>All parameters, end to end: what the optimizer steps.</summary>
    public Parameter FlatParameters { get; }

    /// <summary>The parameters' gradients, end to end; null where the network only predicts.</summary>
    public Tensor? FlatGradients { get; }

    /// <summary>Parameters and buffers by the names they are saved under.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State => _state;

    /// <summary>All values in as few tensors as hold them: the flat parameters, then the buffers.</summary>
    public Tensor[] FlatState =>
        [FlatParameters, .. Spec.NamedTensors().Zip(_state).Where(pair => pair.First.Tensor.Role == TensorRole.Buffer).Select(pair => pair.Second.Value)];

    /// <summary>Draws the first parameters from <paramref name="initial"/> and keeps <paramref name="layers"/> for the layers' own draws.</summary>
    public void Initialize(Generator initial, Generator layers) => Initialize([initial], layers);

    /// <summary>Draws the first parameters of each member from its own generator, in the order of a network by itself.</summary>
    public void Initialize(IReadOnlyList<Generator> members, Generator layers)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _random.Generator = layers;
        foreach (var ((_, layer, spec), (_, value)) in Spec.NamedTensors().Zip(_state))
        {
            // Layers before the first linear one are the members' in common.
            var drawing = Spec.Layers[layer] is LinearSpec ? members : members.Take(1).ToArray();
            if (spec.Bound is { } bound)
                // Drawn on the CPU, whatever the device: one seed gives one start.
                value.copy_(cat([.. drawing.Select(initial => empty([spec.Shape[0] / drawing.Count, .. spec.Shape[1..]], dtype: float32).uniform_(-bound, bound, initial))], 0));
            else
                value.fill_(Keep(spec.Value));
            if (spec.FirstRowIsZero)
                value.narrow(0, 0, 1).zero_();
        }
    }

    /// <summary>Takes over the values of a network with the same layers but for its number of classes.</summary>
    /// <param name="source">That network.</param>
    /// <param name="sources">For each class its output in that network; below 0 where it has none: such a class keeps its values.</param>
    public void TakeOver(Network source, IReadOnlyList<int> sources)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var known = Enumerable.Range(0, sources.Count).Where(k => sources[k] >= 0).ToArray();
        using var to = tensor(Array.ConvertAll(known, k => (long)k)).to(FlatParameters.device);
        using var from = tensor(Array.ConvertAll(known, k => (long)sources[k]));
        foreach (var (((_, layer, _), (_, value)), (_, values)) in Spec.NamedTensors().Zip(_state).Zip(source.State))
        {
            if (layer < _layers.Count - 1)
                value.copy_(values);
            else
                Classed(value, Classes).index_copy_(1, to, Classed(values, source.Classes).index_select(1, from.to(values.device)).to(value.device));
        }
    }

    /// <summary>A tensor of the last layer, members × classes × the rest.</summary>
    private Tensor Classed(Tensor value, int classes) => value.view(Members, classes, -1);

    /// <summary>Divides the logits by a number for good: the weights and the bias of the last layer, which is linear.</summary>
    public void DivideLogits(double divisor)
    {
        using var noGrad = no_grad();
        foreach (var ((_, layer, _), (_, value)) in Spec.NamedTensors().Zip(_state))
        {
            if (layer == _layers.Count - 1)
                value.div_(Keep(divisor));
        }
    }

    /// <summary>Logits n×K of features n×d; of an ensemble, the logarithm of the mean probabilities.</summary>
    public override Tensor forward(Tensor input) => ForwardContinuous(Continuous(input));

    /// <summary>What the first layers that jump make of features: rows between which the logits change without jumps. The features, where there are none.</summary>
    public Tensor Continuous(Tensor input) => _layers.TakeWhile(layer => !layer.IsContinuous).Aggregate(input, (value, layer) => layer.forward(value));

    /// <summary>Logits n×K of rows of <see cref="Continuous"/>.</summary>
    public Tensor ForwardContinuous(Tensor rows) =>
        Ensemble.Logits(_layers.SkipWhile(layer => !layer.IsContinuous).Aggregate(rows, (value, layer) => layer.forward(value)), Members);

    /// <summary>For each column of <see cref="Continuous"/>, the feature that it comes from.</summary>
    public IReadOnlyList<int> ColumnsOfContinuous() => _layers[0].IsContinuous ? [.. Enumerable.Range(0, Width)] : _layers[0].SourceColumns;

    /// <summary>Sets what is left to set once training is over, and returns this network.</summary>
    public Network Completed()
    {
        _layers.ForEach(layer => layer.Complete());
        return this;
    }

    /// <summary>
    /// Logits n×K, n×(members · K) of an ensemble, by columns, of a training step's features (n×d, n = <paramref name="rows"/>), without an autograd graph. Called with gradients off,
    /// in training mode.
    /// </summary>
    public Tensor StepForward(Tensor features, long rows)
    {
        if (rows != _stepRows)
        {
            _layers.ForEach(layer => layer.Resize(rows));
            _stepRows = rows;
        }

        return _layers.Aggregate(features, (value, layer) => layer.StepForward(value));
    }

    /// <summary>Sets <see cref="FlatGradients"/> from the gradient of the latest <see cref="StepForward"/>'s logits, which it may overwrite.</summary>
    public void StepBackward(Tensor gradient)
    {
        Tensor? value = gradient;
        for (var i = _layers.Count - 1; i >= 0; i--)
            value = _layers[i].StepBackward(value!);
    }

    /// <summary>A copy that only predicts, on the CPU or on another device.</summary>
    public Network ToPredictor(Device? device = null)
    {
        var copy = new Network(Spec, device ?? CPU);
        copy.CopyFrom(this);
        copy.eval();
        return copy;
    }

    /// <summary>Takes the values of a network of the same spec.</summary>
    public void CopyFrom(Network source)
    {
        using var noGrad = no_grad();
        foreach (var (to, from) in FlatState.Zip(source.FlatState))
            to.copy_(from);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            FlatParameters.Dispose();
            FlatGradients?.Dispose();
        }

        base.Dispose(disposing);
    }

    private Parameter View(TensorSpec tensor, long offset)
    {
        var value = new Parameter(FlatParameters.narrow(0, offset, tensor.Count).view(tensor.Shape).detach(), FlatGradients is not null);
        if (FlatGradients is not null)
            value.grad = FlatGradients.narrow(0, offset, tensor.Count).view(tensor.Shape).detach();
        return value;
    }
}
