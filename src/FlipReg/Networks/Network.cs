using System.Globalization;
using FlipReg.Data.Sparse;
using FlipReg.Networks.Images;
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
    private readonly GraphSegment? _images;
    private readonly int _imageLayers;
    private readonly int _firstOwn = -1;
    private long _stepRows;
    private Tensor[]? _buffers;

    /// <param name="spec">A bound spec.</param>
    /// <param name="device">Where the tensors live.</param>
    /// <param name="trainable">Whether gradients are kept; a network that only predicts has none.</param>
    /// <param name="sparse">Whether it takes sparse rows; null: a network that only predicts does where its spec suits them.</param>
    /// <param name="tablesByRows">Whether the first layer's tables of categories are trained by rows, or average those of one that trains them so.</param>
    public Network(NetworkSpec spec, Device device, bool trainable = false, bool? sparse = null, bool tablesByRows = false)
        : base("network")
    {
        Spec = spec;
        Width = spec.Inputs ?? throw new ArgumentException("The network has no input size yet. Call Bind first.", nameof(spec));
        Classes = spec.Outputs!.Value;
        Members = spec.Members ?? 1;
        MultiplyAdds = spec.MultiplyAdds();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        TakesSparseRows = sparse ?? (!trainable && spec.SuitsSparseRows && Width >= SparseRows.MinimumWidth);
        var tensors = spec.NamedTensors().ToLookup(t => t.Layer);
        var byRows = TakesSparseRows ? tensors[0].First().Tensor.Count : tablesByRows ? tensors[0].Sum(t => t.Tensor.Count) : 0;
        FlatParameters = new Parameter(zeros([spec.ParameterCount!.Value], dtype: float32, device: device), trainable && byRows == 0);
        FlatParameters.DetachFromDisposeScope();
        StepParameters = byRows == 0 ? FlatParameters : new Parameter(FlatParameters.narrow(0, byRows, FlatParameters.numel() - byRows).detach(), trainable);
        StepParameters.DetachFromDisposeScope();
        if (trainable)
            StepParameters.grad = FlatGradients = zeros(StepParameters.shape, dtype: float32, device: device).DetachFromDisposeScope();
        long offset = -byRows;
        long imageParameters = 0;
        foreach (var (i, layerSpec, shape) in LayerTree.Walk(spec.Layers, spec.InputShape))
        {
            var owned = new List<Tensor>();
            foreach (var (name, _, tensor) in tensors[i])
            {
                var value = tensor.Role == TensorRole.Parameter
                    ? offset >= 0 ? View(tensor, offset) : TakesSparseRows ? TurnedView(tensor) : TableView(tensor, offset + byRows)
                    : full(tensor.Shape, Keep(tensor.Value), dtype: float32, device: device);
                offset += tensor.Role == TensorRole.Parameter ? tensor.Count : 0;
                owned.Add(value.DetachFromDisposeScope());
                _state.Add((name, value));
            }

            var layer = i == 0 && TakesSparseRows ? Sparse = new SparseLinearLayer(owned[0], owned.ElementAtOrDefault(1)) : layerSpec.Build(owned, shape, _random);
            (layer.IsFirst, layer.IsLast) = (i == 0, i == spec.Layers.Count - 1);
            Embedding = i == 0 && tablesByRows ? (CategoryEmbeddingLayer)layer : Embedding;
            register_module(i.ToString(CultureInfo.InvariantCulture), layer);
            _layers.Add(layer);
            if (shape.IsImage)
                (_imageLayers, imageParameters) = (i + 1, offset);
        }

        if (Members > 1)
            _firstOwn = spec.Layers.ToList().FindIndex(layer => layer is LinearSpec or MemberInputSpec);
        LayerSequence.Link([.. _layers.Take(_imageLayers)]);
        if (trainable && _imageLayers > 0)
            _images = new GraphSegment([.. _layers.Take(_imageLayers)], Enter, imageParameters == 0 ? null : FlatGradients!.narrow(0, 0, imageParameters).DetachFromDisposeScope());
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

    /// <summary>Multiply-adds of the forward pass of a sparse row with that many values.</summary>
    public long MultiplyAddsOf(long values) => MultiplyAdds - ((Width - values) * Sparse!.Turned.shape[1]);

    /// <summary>All parameters, end to end.</summary>
    public Parameter FlatParameters { get; }

    /// <summary>The parameters that the optimizer steps as a whole: all, or all but the weights by rows of a network for sparse rows.</summary>
    public Parameter StepParameters { get; }

    /// <summary>Whether the network takes sparse rows, too. Its first layer's weights then lie by inputs, and are trained row by row.</summary>
    public bool TakesSparseRows { get; }

    /// <summary>The first layer of a network that takes sparse rows, else null.</summary>
    public SparseLinearLayer? Sparse { get; }

    /// <summary>The first layer of a network whose tables of categories are trained by rows, else null.</summary>
    public CategoryEmbeddingLayer? Embedding { get; }

    /// <summary>The gradients of <see cref="StepParameters"/>, end to end; null where the network only predicts.</summary>
    public Tensor? FlatGradients { get; }

    /// <summary>Parameters and buffers by the names they are saved under.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State => _state;

    /// <summary>All values in as few tensors as hold them: the flat parameters, then the buffers.</summary>
    public Tensor[] FlatState => [FlatParameters, .. Buffers];

    /// <summary>What every step changes, in as few tensors as hold it.</summary>
    public Tensor[] StepState => [StepParameters, .. Buffers];

    private IEnumerable<Tensor> Buffers => Spec.NamedTensors().Zip(_state).Where(pair => pair.First.Tensor.Role == TensorRole.Buffer).Select(pair => pair.Second.Value);

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
            // Layers before the first linear one are the members' in common, and those whose weights are shared.
            var drawing = Spec.Layers[layer] is LinearSpec { IsShared: false } or MemberInputSpec ? members : members.Take(1).ToArray();
            // On the CPU, whatever the device: one seed gives one start.
            if (spec.Bound is { } bound)
                Draw(value, spec, bound, drawing);
            else if (spec.Deviation is { } deviation)
                Copy(empty(spec.Shape, dtype: float32).normal_(0, deviation, drawing[0]), value);
            else
                value.fill_(Keep(spec.Value));
            if (spec.IsSigns)
                value.sign_();
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
                Copy(values, value);
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
    public Tensor ForwardContinuous(Tensor rows)
    {
        var value = _imageLayers == 0 ? rows : LayerSequence.Run(_layers.Take(_imageLayers), Enter(rows));
        return Ensemble.Logits(_layers.Skip(_imageLayers).SkipWhile(layer => !layer.IsContinuous).Aggregate(value, (v, layer) => layer.forward(v)), Members);
    }

    /// <summary>What the first layers make of rows.</summary>
    public Tensor Forward(Tensor rows, int layers) => LayerSequence.Run(_layers.Take(layers), Spec.Image is null ? rows : Enter(rows));

    /// <summary>Parameters of the first layers, which stand first in <see cref="FlatParameters"/>.</summary>
    public long ParametersOf(int layers) => Spec.NamedTensors().Where(t => t.Layer < layers && t.Tensor.Role == TensorRole.Parameter).Sum(t => t.Tensor.Count);

    /// <summary>For each column of <see cref="Continuous"/>, the feature that it comes from.</summary>
    public IReadOnlyList<int> ColumnsOfContinuous() => _layers[0].IsContinuous ? [.. Enumerable.Range(0, Width)] : _layers[0].SourceColumns;

    /// <summary>Sets what the layers for images compute with in training steps.</summary>
    public void StepWith(Precision precision)
    {
        if (_images is not null)
            _images.Type = precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
    }

    /// <summary>Sets what is left to set once training is over, and returns this network.</summary>
    public Network Completed()
    {
        _layers.ForEach(layer => layer.Complete());
        return this;
    }

    /// <summary>Logits n×K of sparse rows.</summary>
    public Tensor Forward(SparseBatch rows)
    {
        var value = Sparse!.Forward(rows);
        foreach (var layer in _layers.Skip(1))
            value = layer.forward(value);
        return Ensemble.Logits(value, Members);
    }

    /// <summary>
    /// Logits n×K, n×(members · K) of an ensemble, of rows beside those of a training step, by the layers in the mode that they are in. Running statistics stay as they are. Called with gradients
    /// off, and not between a step's forward and its backward pass.
    /// </summary>
    public Tensor ForwardAside(Tensor features) => WithBuffersAsTheyAre(() =>
    {
        var value = _imageLayers == 0 ? features : LayerSequence.Run(_layers.Take(_imageLayers), Enter(features));
        return _layers.Skip(_imageLayers).Aggregate(value, (v, layer) => layer.forward(v));
    });

    /// <summary>As <see cref="ForwardAside(Tensor)"/>, of sparse rows, for whose columns the weights are up to date.</summary>
    public Tensor ForwardAside(SparseBatch rows) => WithBuffersAsTheyAre(() => _layers.Skip(1).Aggregate(Sparse!.Forward(rows), (value, layer) => layer.forward(value)));

    /// <summary>
    /// Logits n×K, n×(members · K) of an ensemble, by columns, of a training step's features (n×d, n = <paramref name="rows"/>), without an autograd graph. Called with gradients off,
    /// in training mode.
    /// </summary>
    public Tensor StepForward(Tensor features, long rows)
    {
        Resize(rows);
        var value = _images?.StepForward(features) ?? features;
        return _layers.Skip(_imageLayers).Aggregate(value, (v, layer) => layer.StepForward(v));
    }

    /// <summary>As <see cref="StepForward(Tensor, long)"/>, of sparse rows.</summary>
    public Tensor StepForward(SparseBatch rows)
    {
        Resize(rows.Rows);
        return _layers.Skip(1).Aggregate(Sparse!.StepForward(rows), (value, layer) => layer.StepForward(value));
    }

    /// <summary>Sets <see cref="FlatGradients"/> from the gradient of the latest <see cref="StepForward(Tensor, long)"/>'s logits, which it may overwrite.</summary>
    public void StepBackward(Tensor gradient)
    {
        Tensor? value = gradient;
        for (var i = _layers.Count - 1; i >= _imageLayers; i--)
        {
            value = _layers[i].StepBackward(value!);
            // What lies before is the members' in common: it follows the mean of their losses, each of which is one of its own.
            if (i == _firstOwn && value is not null)
                value.mul_(Keep(1.0 / Members));
        }

        _images?.StepBackward(value!);
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
        var sameLayout = TakesSparseRows == source.TakesSparseRows;
        foreach (var (to, from) in sameLayout ? FlatState.Zip(source.FlatState) : _state.Select(s => s.Value).Zip(source._state.Select(s => s.Value)))
            Copy(from, to);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            FlatParameters.Dispose();
            StepParameters.Dispose();
            FlatGradients?.Dispose();
            _images?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Makes a pass and gives the buffers, wherever their layers are, the values back that they had.</summary>
    private Tensor WithBuffersAsTheyAre(Func<Tensor> pass)
    {
        if (!training)
            return pass();
        _buffers ??= [.. Buffers];
        var before = Array.ConvertAll(_buffers, buffer => buffer.clone());
        var logits = pass();
        for (var i = 0; i < before.Length; i++)
            _buffers[i].copy_(before[i]);
        return logits;
    }

    private void Resize(long rows)
    {
        if (rows == _stepRows)
            return;
        _layers.ForEach(layer => layer.Resize(rows));
        _stepRows = rows;
    }

    /// <summary>
    /// Draws values on the CPU, each member's by its own generator. Weights that lie by inputs are drawn some outputs at a time, in the order of those that lie
    /// by outputs.
    /// </summary>
    private void Draw(Tensor value, TensorSpec spec, double bound, IReadOnlyList<Generator> members)
    {
        var ofMember = spec.Shape[0] / members.Count;
        if (value.is_contiguous() || value.device.type != TorchSharp.DeviceType.CPU)
        {
            Copy(cat([.. members.Select(initial => empty([ofMember, .. spec.Shape[1..]], dtype: float32).uniform_(-bound, bound, initial))], 0), value);
            return;
        }

        using var drawn = empty([SparseLinearLayer.OutputsAtOnce, spec.Shape[1]], dtype: float32);
        for (var m = 0; m < members.Count; m++)
        {
            for (long first = 0; first < ofMember; first += drawn.shape[0])
            {
                using var part = drawn.narrow(0, 0, Math.Min(drawn.shape[0], ofMember - first));
                Sparse!.SetOutputs((m * ofMember) + first, part.uniform_(-bound, bound, members[m]));
            }
        }
    }

    /// <summary>Copies values. Into weights that lie by inputs they are turned block by block, which torch does only for a target that is contiguous.</summary>
    private static void Copy(Tensor from, Tensor to)
    {
        if (to.is_contiguous() || to.dim() != 2)
            to.copy_(from);
        else
            to.t().copy_(from.t());
    }

    /// <summary>Outputs × inputs, over memory that holds them by inputs.</summary>
    private Parameter TurnedView(TensorSpec tensor) =>
        new(FlatParameters.narrow(0, 0, tensor.Count).view(tensor.Shape[1], tensor.Shape[0]).t().detach(), false);

    private Parameter TableView(TensorSpec tensor, long offset) => new(FlatParameters.narrow(0, offset, tensor.Count).view(tensor.Shape).detach(), false);

    private Parameter View(TensorSpec tensor, long offset)
    {
        var value = new Parameter(Shaped(StepParameters.narrow(0, offset, tensor.Count), tensor).detach(), FlatGradients is not null);
        if (FlatGradients is not null)
            value.grad = Shaped(FlatGradients.narrow(0, offset, tensor.Count), tensor).detach();
        return value;
    }

    // Kernels of one pixel lie both ways.
    private static Tensor Shaped(Tensor flat, TensorSpec tensor) => tensor.IsKernels && tensor.Shape[2] * tensor.Shape[3] > 1
        ? flat.view(tensor.Shape[0], tensor.Shape[2], tensor.Shape[3], tensor.Shape[1]).permute(0, 3, 1, 2)
        : flat.view(tensor.Shape);

    private Tensor Enter(Tensor rows) => ImageEntry.Of(rows, Spec.Image!, Spec.Layout ?? ImageLayout.ChannelsFirst);
}
