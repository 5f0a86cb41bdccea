using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FlipReg.Networks;
using FlipReg.Onnx;

namespace FlipReg;

/// <summary>
/// One layer of a <see cref="NetworkSpec"/>: data, not code. The set of layers is closed, so a model file can name only these.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "layer", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(LinearSpec), "linear")]
[JsonDerivedType(typeof(ReluSpec), "relu")]
[JsonDerivedType(typeof(SiluSpec), "silu")]
[JsonDerivedType(typeof(BatchNormSpec), "batchNorm")]
[JsonDerivedType(typeof(DropoutSpec), "dropout")]
[JsonDerivedType(typeof(CategoryEmbeddingSpec), "embedding")]
[JsonDerivedType(typeof(MemberInputSpec), "memberInput")]
[JsonDerivedType(typeof(Conv2dSpec), "conv2d")]
[JsonDerivedType(typeof(Relu6Spec), "relu6")]
[JsonDerivedType(typeof(MaxPoolSpec), "maxPool")]
[JsonDerivedType(typeof(AveragePoolSpec), "averagePool")]
[JsonDerivedType(typeof(GlobalAveragePoolSpec), "globalAveragePool")]
[JsonDerivedType(typeof(FlattenSpec), "flatten")]
[JsonDerivedType(typeof(ChannelShuffleSpec), "channelShuffle")]
[JsonDerivedType(typeof(ResidualSpec), "residual")]
[JsonDerivedType(typeof(BranchesSpec), "branches")]
[JsonDerivedType(typeof(MeanImageSpec), "meanImage")]
public abstract record LayerSpec
{
    private protected LayerSpec()
    {
    }

    /// <summary>Characters of a <see cref="Name"/> at most.</summary>
    private const int MaximumName = 100;

    /// <summary>
    /// What the layer is called in files of weights from elsewhere, such as "conv1" in PyTorch's; of a layer inside of another one, behind that one's name and a dot. At most 100
    /// characters; empty: no name of its own. Null: its number. Default null.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>Lists of layers inside of this one.</summary>
    internal virtual IReadOnlyList<IReadOnlyList<LayerSpec>> Inner => [];

    /// <summary>What a list of <see cref="Inner"/> is called.</summary>
    internal virtual string NameOfInner(int list) => "";

    /// <summary>What the lists of <see cref="Inner"/> get.</summary>
    internal virtual RowShape InputOfInner(RowShape input) => input;

    /// <summary>Whether it takes images only.</summary>
    internal virtual bool IsForImages => false;

    /// <summary>Values that a row must have before this layer; null where any number will do.</summary>
    internal virtual int? RequiredInputs => null;

    /// <summary>Whether it may stand at the beginning of a network only.</summary>
    internal virtual bool IsFirstOnly => false;

    /// <summary>Throws where one of the layer's own values is out of range, whatever it gets.</summary>
    /// <exception cref="ArgumentException">One is.</exception>
    internal void Check()
    {
        Require(Name is null || Name.Length <= MaximumName, "LayerSpec.Name", FormattableString.Invariant($"must have at most {MaximumName} characters"), Name?.Length ?? 0);
        CheckValues();
    }

    /// <summary>What a row is after this layer, given what it is before. Throws where that cannot be.</summary>
    internal virtual RowShape OutputShape(RowShape input) => input;

    /// <summary>Multiply-adds of one row's forward pass.</summary>
    internal virtual long MultiplyAdds(RowShape input) => Tensors(input).Where(t => t.Shape.Length > 1).Sum(t => t.Count);

    /// <summary>Values that the layer, and those inside of it, give for one row.</summary>
    internal virtual long RowValues(RowShape input) => OutputShape(input).Values;

    /// <summary>The tensors this layer owns, parameters before buffers; those of layers inside of it, one after another.</summary>
    internal virtual IEnumerable<TensorSpec> Tensors(RowShape input) => [];

    /// <summary>The module that computes this layer from its tensors, in the order of <see cref="Tensors"/>.</summary>
    internal abstract Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random);

    /// <summary>Adds what this layer computes when predicting to an ONNX graph, in operators valid from opset 9 to 17.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">Name of the layer's input, N×width, or N×C×H×W of images.</param>
    /// <param name="shape">What the layer gets for a row.</param>
    /// <param name="tensors">The layer's tensors, in the order of <see cref="Tensors"/>.</param>
    /// <param name="name">What the output is named after.</param>
    /// <returns>Name of the layer's output; of its input where it changes nothing.</returns>
    internal abstract string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name);

    /// <summary>One line for <see cref="NetworkSpec.Summary"/>.</summary>
    internal abstract string Describe(RowShape input);

    private protected virtual void CheckValues()
    {
    }

    /// <summary>The same shape, which must be an image.</summary>
    private protected RowShape RequireImage(RowShape input) => input.IsImage
        ? input
        : throw new ArgumentException(FormattableString.Invariant($"{GetType().Name} must get images. Got rows of {input} values. Set ImageShape, or put the layer before Flatten and global pooling."));

    /// <summary>The values of a list.</summary>
    private protected int RequireList(RowShape input) => input.IsImage
        ? throw new ArgumentException(FormattableString.Invariant($"{GetType().Name} must get lists of values. Got images of {input}. Put FlattenSpec or GlobalAveragePoolSpec before it."))
        : input.Channels;

    private protected static void Require(bool holds, string name, string rule, object value)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, new Training.OptionError(name, rule, value).ToString());
    }
}

/// <summary>A fully connected layer: x·Wᵀ + b, with W of shape outputs × inputs.</summary>
/// <param name="Outputs">Features after the layer; 1 to 1,048,576.</param>
/// <param name="Bias">Whether b is added. Default true.</param>
public sealed record LinearSpec([property: Range(1, 1 << 20)] int Outputs, bool Bias = true) : LayerSpec
{
    private const int MaximumGroups = TrainingOptions.MaximumMembers;

    /// <summary>
    /// Into how many groups inputs and outputs are divided, each of which is a layer by itself, 2 to 64: the members of an ensemble. W then has the shape
    /// outputs × (inputs / groups). Null for one layer. Default null.
    /// </summary>
    public int? Groups { get; init; }

    /// <summary>Whether all <see cref="Groups"/> have the same weights, W of shape (outputs / groups) × (inputs / groups) and one bias of that many outputs. Default false.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsShared { get; init; }

    internal override long MultiplyAdds(RowShape input) => base.MultiplyAdds(input) * (IsShared ? Groups!.Value : 1);

    internal override RowShape OutputShape(RowShape input)
    {
        CheckValues();
        var inputs = RequireList(input);
        if (Groups is { } groups)
            Require(Outputs % groups == 0 && inputs % groups == 0, "LinearSpec.Groups", FormattableString.Invariant($"must divide {inputs} inputs and {Outputs} outputs"), groups);
        return RowShape.List(Outputs);
    }

    internal override IEnumerable<TensorSpec> Tensors(RowShape input)
    {
        // Uniform in ±1/sqrt(inputs) for both: the field's usual initialisation of a linear layer (He et al. 2015 with a = sqrt 5).
        var inputs = input.Values / (Groups ?? 1);
        var bound = 1 / Math.Sqrt(inputs);
        var outputs = IsShared ? Outputs / Groups!.Value : Outputs;
        yield return new TensorSpec("weight", [outputs, inputs], TensorRole.Parameter, bound);
        if (Bias)
            yield return new TensorSpec("bias", [outputs], TensorRole.Parameter, bound);
    }

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => (Groups, IsShared) switch
    {
        ({ } groups, true) => new SharedLinearLayer(tensors[0], Bias ? tensors[1] : null, groups),
        ({ } groups, false) => new GroupedLinearLayer(tensors[0], Bias ? tensors[1] : null, groups),
        _ => new LinearLayer(tensors[0], Bias ? tensors[1] : null),
    };

    // Opset 9 asks for a bias, later ones do not.
    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name)
    {
        var outputs = tensors[0].Shape[0];
        var bias = Bias ? tensors[1] : new OnnxTensor("no_bias", [outputs], new float[outputs]);
        return (Groups, IsShared) switch
        {
            ({ } groups, true) => EnsembleExport.SharedLinear(graph, input, tensors[0], bias, groups, name),
            ({ } groups, false) => EnsembleExport.Linear(graph, input, tensors[0], bias, groups, name),
            _ => graph.Node("Gemm", name, [input, graph.Constant(tensors[0]), graph.Constant(bias)], new OnnxAttribute("transB", 1)),
        };
    }

    internal override string Describe(RowShape input) => FormattableString.Invariant($"Linear {input} → {Outputs}{(Groups is null ? "" : FormattableString.Invariant($" in {Groups}{(IsShared ? ", shared" : "")}"))}{(Bias ? "" : ", no bias")}");

    private protected override void CheckValues()
    {
        Require(Outputs is >= 1 and <= 1 << 20, "LinearSpec.Outputs", "must be at least 1 and at most 1048576", Outputs);
        Require(!IsShared || Groups is not null, "LinearSpec.IsShared", "must be false where Groups is null", IsShared);
        Require(Groups is null or (>= 2 and <= MaximumGroups), "LinearSpec.Groups", FormattableString.Invariant($"must be at least 2 and at most {MaximumGroups}, or null"), Groups ?? 0);
    }
}

/// <summary>Rectified linear unit: max(x, 0).</summary>
public sealed record ReluSpec : LayerSpec
{
    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new ReluLayer();

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name) => graph.Node("Relu", name, [input]);

    internal override string Describe(RowShape input) => "ReLU";
}

/// <summary>
/// Sigmoid linear unit: x·σ(x), σ(x) = 1 / (1 + exp(−x)) (Hendrycks and Gimpel 2016; Elfwing, Uchibe and Doya, Neural Networks 2018). Smooth where ReLU has its corner.
/// </summary>
public sealed record SiluSpec : LayerSpec
{
    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new SiluLayer();

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name) =>
        graph.Node("Mul", name, [input, graph.Node("Sigmoid", $"{name}.sigmoid", [input])]);

    internal override string Describe(RowShape input) => "SiLU";
}

/// <summary>Batch normalization over the rows, of images over their pixels too, channel by channel (Ioffe and Szegedy, ICML 2015), with scale and shift.</summary>
/// <param name="Momentum">Share of the newest batch in the running statistics; above 0, at most 1. Default 0.1.</param>
/// <param name="Epsilon">Added to the variance; above 0. Default 1e-5.</param>
public sealed record BatchNormSpec(double Momentum = 0.1, double Epsilon = 1e-5) : LayerSpec
{
    private protected override void CheckValues()
    {
        Require(Momentum is > 0 and <= 1, "BatchNormSpec.Momentum", "must be above 0 and at most 1", Momentum);
        Require(Epsilon is > 0 and <= 1, "BatchNormSpec.Epsilon", "must be above 0 and at most 1", Epsilon);
    }

    internal override IEnumerable<TensorSpec> Tensors(RowShape input) =>
    [
        new TensorSpec("weight", [input.Channels], TensorRole.Parameter, Value: 1),
        new TensorSpec("bias", [input.Channels], TensorRole.Parameter, Value: 0),
        new TensorSpec("running_mean", [input.Channels], TensorRole.Buffer, Value: 0),
        new TensorSpec("running_var", [input.Channels], TensorRole.Buffer, Value: 1),
    ];

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) =>
        new BatchNormLayer(tensors[0], tensors[1], tensors[2], tensors[3], Momentum, Epsilon);

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name) =>
        graph.Node("BatchNormalization", name, [input, .. tensors.Select(graph.Constant)], new OnnxAttribute("epsilon", (float)Epsilon));

    internal override string Describe(RowShape input) => FormattableString.Invariant($"BatchNorm {input.Channels}");
}

/// <summary>Dropout while training (Srivastava et al., JMLR 2014): zeroes entries and scales the others by 1/(1 − rate).</summary>
/// <param name="Rate">Probability that an entry is zeroed; from 0 to below 1.</param>
public sealed record DropoutSpec(double Rate) : LayerSpec
{
    private protected override void CheckValues() => Require(Rate is >= 0 and < 1, "DropoutSpec.Rate", "must be at least 0 and below 1", Rate);

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new DropoutLayer(Rate, random);

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name) => input;

    internal override string Describe(RowShape input) => FormattableString.Invariant($"Dropout {Rate}");
}
