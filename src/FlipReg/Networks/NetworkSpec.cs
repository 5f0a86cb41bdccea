using System.Text.Json;
using System.Text.Json.Serialization;
using FlipReg.Networks;
using static System.FormattableString;

namespace FlipReg;

/// <summary>
/// A network as data: a list of layers, applied in order; some hold layers themselves. From it come the trained module, the ONNX graph, the parameter count, the summary
/// and the architecture stored in a saved model.
/// </summary>
/// <remarks>
/// As an option it holds the hidden layers only; <see cref="Bind(int, int)"/>, or of a network for images <see cref="Bind(ImageShape, int, ImageLayout)"/>, adds the input
/// size and the linear layer that gives the logits.
/// </remarks>
public sealed partial record NetworkSpec
{
    /// <summary>Layers a network may have at most.</summary>
    internal const int MaximumLayers = 1000;

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = 16,
    };

    /// <summary>The layers, first to last.</summary>
    public required IReadOnlyList<LayerSpec> Layers { get; init; }

    /// <summary>Features of an input row, or null while the network is not bound to data.</summary>
    public int? Inputs { get; init; }

    /// <summary>The shape of an input row's image; null while the network is not bound to data, and where it takes lists of values.</summary>
    public ImageShape? Image { get; init; }

    /// <summary>How a row holds its <see cref="Image"/>; null: <see cref="ImageLayout.ChannelsFirst"/>.</summary>
    public ImageLayout? Layout { get; init; }

    /// <summary>What the last layer is called in files of weights from elsewhere, such as "fc"; see <see cref="LayerSpec.Name"/>. Default null.</summary>
    public string? OutputName { get; init; }

    /// <summary>Number of trained parameters; null while the network is not bound to data.</summary>
    [JsonIgnore]
    public long? ParameterCount => Inputs is null ? null : NamedTensors().Where(t => t.Tensor.Role == TensorRole.Parameter).Sum(t => t.Tensor.Count);

    /// <summary>
    /// Networks of an ensemble whose probabilities are averaged, 2 to 64, or null for one network. <see cref="TrainingOptions.Members"/> sets it. Layers are those of all
    /// members together: as wide as all of them, linear layers in as many groups.
    /// </summary>
    public int? Members { get; init; }

    /// <summary>Logits for a row: width of the last layer, divided by the members; null while the network is not bound to data.</summary>
    [JsonIgnore]
    public int? Outputs => Inputs is null ? null : LayerTree.OutputShape(Layers, InputShape).Values / (Members ?? 1);

    /// <summary>Whether it takes images: then it is bound with their shape.</summary>
    internal bool IsForImages => Layers.Any(layer => layer.IsForImages);

    /// <summary>What the first layer gets for a row.</summary>
    internal RowShape InputShape => Image is { } image ? RowShape.Of(image) : RowShape.List(BoundInputs);

    /// <summary>
    /// A multilayer perceptron: for every hidden layer Linear, optional BatchNorm, ReLU or SiLU, optional Dropout.
    /// </summary>
    /// <param name="hidden">Widths of the hidden layers; null means 128, 128. An empty list gives multinomial logistic regression.</param>
    /// <param name="batchNorm">Whether to normalize over the batch before each activation. Default false.</param>
    /// <param name="dropout">Dropout rate after each activation, from 0 to below 1. Default 0: none.</param>
    /// <param name="activation">The activation. Default <see cref="Activation.Relu"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A width, the rate or the activation is out of range.</exception>
    public static NetworkSpec Mlp(IReadOnlyList<int>? hidden = null, bool batchNorm = false, double dropout = 0, Activation activation = Activation.Relu)
    {
        if (!Enum.IsDefined(activation))
            throw new ArgumentOutOfRangeException(nameof(activation), Invariant($"activation must be one of {string.Join(", ", Enum.GetNames<Activation>())}. Got {activation}."));
        var layers = new List<LayerSpec>();
        foreach (var width in hidden ?? [128, 128])
        {
            layers.Add(new LinearSpec(width));
            if (batchNorm)
                layers.Add(new BatchNormSpec());
            layers.Add(activation == Activation.Silu ? new SiluSpec() : new ReluSpec());
            if (dropout != 0)
                layers.Add(new DropoutSpec(dropout));
        }

        var spec = new NetworkSpec { Layers = layers };
        spec.Check(RowShape.List(1));
        return spec;
    }

    /// <summary>The complete network for data: with its input width, and a last linear layer that gives one logit per class.</summary>
    /// <param name="inputs">Features of a row; at least 1.</param>
    /// <param name="classes">Classes; at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value of a layer, or one of the arguments, is out of range.</exception>
    /// <exception cref="InvalidOperationException">The network is bound already.</exception>
    public NetworkSpec Bind(int inputs, int classes) => Bind(inputs, classes, 1);

    /// <summary>The same for an ensemble.</summary>
    /// <inheritdoc cref="Bind(int, int)"/>
    internal NetworkSpec Bind(int inputs, int classes, int members, bool shared = false)
    {
        if (Inputs is not null)
            throw new InvalidOperationException(Invariant($"The network is bound to {Inputs} inputs already. Bind the unbound network."));
        RequireAtLeast(1, inputs, nameof(inputs));
        if (IsForImages)
            throw new ArgumentException(Invariant($"A network for images must know their shape. Got {inputs} inputs alone. Bind it with an ImageShape."), nameof(inputs));
        return (this with { Inputs = inputs }).BindOutputs(classes, members, shared);
    }

    /// <summary>The complete network for images: with their shape, and a last linear layer that gives one logit per class.</summary>
    /// <param name="image">The images' shape. A network without layers for images gets their values as a list.</param>
    /// <param name="classes">Classes; at least 2.</param>
    /// <param name="layout">How a row holds its image.</param>
    /// <exception cref="ArgumentException">A value of a layer, or one of the arguments, is out of range; the images are too small for the layers.</exception>
    /// <exception cref="InvalidOperationException">The network is bound already.</exception>
    public NetworkSpec Bind(ImageShape image, int classes, ImageLayout layout = ImageLayout.ChannelsFirst) => Bind(image, classes, layout, 1);

    /// <summary>The same for an ensemble.</summary>
    /// <inheritdoc cref="Bind(ImageShape, int, ImageLayout)"/>
    internal NetworkSpec Bind(ImageShape image, int classes, ImageLayout layout, int members, bool shared = false)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (Inputs is not null || !IsForImages)
            return Bind(image.Values, classes, members, shared);
        return (this with { Inputs = image.Values, Image = image, Layout = layout == ImageLayout.ChannelsFirst ? null : layout }).BindOutputs(classes, members, shared);
    }

    private NetworkSpec BindOutputs(int classes, int members, bool shared)
    {
        RequireAtLeast(2, classes, nameof(classes));
        Check(InputShape);
        LayerSpec[] layers = [.. Layers, new LinearSpec(classes) { Name = OutputName }];
        if (members == 1)
        {
            var single = this with { Layers = layers };
            single.Check(InputShape);
            return single;
        }

        // Without weights in common, the first linear layer gives all members their columns from the same rows: one product.
        var first = Array.FindIndex(layers, layer => layer is LinearSpec);
        var own = layers.Select((layer, i) => layer is LinearSpec linear
            ? linear with { Outputs = checked(linear.Outputs * members), Groups = i == first && !shared ? null : members, IsShared = shared && i < layers.Length - 1 }
            : layer).ToList();
        if (shared)
            own.Insert(first, new MemberInputSpec(members));
        var bound = this with { Members = members, Layers = own };
        bound.Check(InputShape);
        return bound;
    }

    /// <summary>The network for rows whose last values are categories: they are embedded before the first layer.</summary>
    /// <param name="inputs">Values of a row, categories included.</param>
    /// <param name="categories">For each of them, how many there are.</param>
    internal NetworkSpec WithCategories(int inputs, IReadOnlyList<int> categories) => categories.Count == 0
        ? this
        : this with { Layers = [new CategoryEmbeddingSpec(inputs - categories.Count, [.. categories.Select(count => new CategoryTable(count, CategoryTable.WidthFor(count)))]), .. Layers] };

    /// <summary>The categories that the columns of a network's input hold, last columns last; none where it embeds none.</summary>
    [JsonIgnore]
    internal IReadOnlyList<int> Categories => Layers.FirstOrDefault() is CategoryEmbeddingSpec embedding ? [.. embedding.Tables.Select(table => table.Categories)] : [];

    /// <summary>The network as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, _json);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">The text is not a network: broken JSON, an unknown layer, a missing or unknown field, a value out of range.</exception>
    public static NetworkSpec FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            var spec = JsonSerializer.Deserialize<NetworkSpec>(json, _json) ?? throw new FormatException("The network is null. Expected an object with 'layers'.");
            spec.Check(spec.ShapeToCheck());
            return spec;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or OverflowException)
        {
            throw new FormatException(InvariantText.OfFile($"The network's JSON cannot be read: {e.Message}"), e);
        }
    }

    /// <summary>All tensors with the names they are saved under: index of the layer, dot, name in the layer.</summary>
    internal IEnumerable<(string Name, int Layer, TensorSpec Tensor)> NamedTensors() => LayerTree.Tensors(Layers, InputShape).Select(t => (t.Tensor.Name, t.Index, t.Tensor));

    /// <summary>Multiply-adds of one row's forward pass.</summary>
    /// <param name="values">Values of the row that are not 0, where the first layer computes with these alone.</param>
    internal long MultiplyAdds(long? values = null)
    {
        var all = LayerTree.MultiplyAdds(Layers, InputShape);
        return values is { } some && Layers[0] is LinearSpec first ? all - ((BoundInputs - some) * first.Outputs) : all;
    }

    /// <summary>Values that the layers give for one row, all of them together.</summary>
    internal long RowValues() => LayerTree.RowValues(Layers, InputShape);

    /// <summary>A number of inputs that a network not bound to data may have.</summary>
    private int AnyInputs => Layers?.FirstOrDefault()?.RequiredInputs ?? 1;

    /// <summary>Whether sparse rows can be taken as they are: a linear layer comes first, be it the only one.</summary>
    internal bool SuitsSparseRows => Layers.FirstOrDefault() is null or LinearSpec { Groups: null };

    private int BoundInputs => Inputs ?? throw new InvalidOperationException("The network has no input size yet. Call Bind first.");

    /// <summary>Two specs are equal when their layers are, one by one.</summary>
    public bool Equals(NetworkSpec? other) => other is not null && Inputs == other.Inputs && Image == other.Image && Layout == other.Layout && OutputName == other.OutputName && Members == other.Members && Layers.SequenceEqual(other.Layers);

    /// <inheritdoc/>
    public override int GetHashCode() => Layers.Aggregate(HashCode.Combine(Inputs, Members), HashCode.Combine);

    /// <summary>What keeps this from being the hidden part of a network, or null.</summary>
    internal string? Problem()
    {
        if (Inputs is not null)
            return Invariant($"a network bound to {Inputs} inputs");
        if (Members is not null)
            return Invariant($"a network of {Members} members, which the option Members makes");
        try
        {
            Check(ShapeToCheck());
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    /// <summary>The bound network's input; of one that is not bound any that it may have, or null where that takes an image's shape.</summary>
    private RowShape? ShapeToCheck()
    {
        if (Inputs is { } inputs && Image is { } image && inputs != image.Values)
            throw new ArgumentOutOfRangeException(nameof(Inputs), Invariant($"Inputs must be the values of the image, {image.Values}. Got {inputs}."));
        if (Layout is { } layout && !Enum.IsDefined(layout))
            throw new ArgumentOutOfRangeException(nameof(Layout), Invariant($"Layout must be one of {string.Join(", ", Enum.GetNames<ImageLayout>())}. Got {layout}."));
        RequireAtLeast(1, Inputs ?? 1, nameof(inputs));
        return Inputs is not null ? InputShape : Layers?.Any(layer => layer?.IsForImages == true) == true ? null : RowShape.List(AnyInputs);
    }

    private void Check(RowShape? input)
    {
        if (Layers is null || Layers.Any(layer => layer is null))
            throw new ArgumentException("Layers must be given, none of them null.");
        CheckTree(Layers, 1);
        if (LayerTree.All(Layers).Take(MaximumLayers + 1).Count() is var count and > MaximumLayers)
            throw new ArgumentOutOfRangeException(nameof(Layers), Invariant($"Layers must be at most {MaximumLayers} in number, those inside of others too. Got {(Layers.Count > MaximumLayers ? Layers.Count : count)}."));
        if (LayerTree.All(Layers).Skip(1).FirstOrDefault(layer => layer.IsFirstOnly) is { } misplaced)
            throw new ArgumentException(Invariant($"{misplaced.GetType().Name} must be the first layer of a network. Got it as layer {Layers.ToList().LastIndexOf(misplaced) + 1}."));
        if (input is not { } shape)
            return;
        RequireAtLeast(1, shape.Values, "inputs");
        var last = LayerTree.OutputShape(Layers, shape);
        if (Members is { } members && (members is < 2 or > TrainingOptions.MaximumMembers || last.Values % members != 0))
            throw new ArgumentOutOfRangeException(nameof(Members), Invariant($"Members must be at least 2 and at most {TrainingOptions.MaximumMembers}, and divide the width of the last layer ({last.Values}). Got {members}."));
    }

    private static void CheckTree(IEnumerable<LayerSpec> layers, int depth)
    {
        if (depth > LayerTree.MaximumDepth)
            throw new ArgumentException(Invariant($"Layers must lie at most {LayerTree.MaximumDepth} deep inside of one another. Got more."));
        foreach (var layer in layers)
        {
            layer.Check();
            foreach (var inner in layer.Inner)
                CheckTree(inner, depth + 1);
        }
    }

    // Not the base library's check: its message follows the culture.
    private static void RequireAtLeast(int minimum, int value, string name)
    {
        if (value < minimum)
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be at least {minimum}. Got {value}."));
    }
}

/// <summary>Activations of <see cref="NetworkSpec.Mlp"/>.</summary>
public enum Activation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x·σ(x): smooth; a step takes longer.</summary>
    Silu,
}
