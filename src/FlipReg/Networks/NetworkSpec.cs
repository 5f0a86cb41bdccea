using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlipReg.Networks;
using static System.FormattableString;

namespace FlipReg;

/// <summary>
/// A network as data: a list of layers, applied in order. From it come the trained module, the ONNX graph, the parameter count, the summary
/// and the architecture stored in a saved model.
/// </summary>
/// <remarks>
/// As an option it holds the hidden layers only; <see cref="Bind(int, int)"/> adds the input size and the linear layer that gives the logits.
/// </remarks>
public sealed record NetworkSpec
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
    public int? Outputs => Inputs is { } width ? Layers.Aggregate(width, (w, layer) => layer.OutputWidth(w)) / (Members ?? 1) : null;

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
        spec.Check(1);
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
    internal NetworkSpec Bind(int inputs, int classes, int members)
    {
        if (Inputs is not null)
            throw new InvalidOperationException(Invariant($"The network is bound to {Inputs} inputs already. Bind the unbound network."));
        RequireAtLeast(1, inputs, nameof(inputs));
        RequireAtLeast(2, classes, nameof(classes));
        Check(inputs);
        LayerSpec[] layers = [.. Layers, new LinearSpec(classes)];
        if (members == 1)
            return new NetworkSpec { Inputs = inputs, Layers = layers };
        // The first linear layer gives all members their columns from the same rows: one product.
        var first = Array.FindIndex(layers, layer => layer is LinearSpec);
        var bound = new NetworkSpec
        {
            Inputs = inputs,
            Members = members,
            Layers = [.. layers.Select((layer, i) => layer is LinearSpec linear ? linear with { Outputs = checked(linear.Outputs * members), Groups = i == first ? null : members } : layer)],
        };
        bound.Check(inputs);
        return bound;
    }

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
            spec.Check(spec.Inputs ?? spec.AnyInputs);
            return spec;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or OverflowException)
        {
            throw new FormatException(InvariantText.OfFile($"The network's JSON cannot be read: {e.Message}"), e);
        }
    }

    /// <summary>A table of the layers with their sizes and parameter counts.</summary>
    /// <exception cref="InvalidOperationException">The network is not bound to data.</exception>
    public string Summary()
    {
        var text = new StringBuilder();
        var width = BoundInputs;
        foreach (var layer in Layers)
        {
            var count = layer.Tensors(width).Where(t => t.Role == TensorRole.Parameter).Sum(t => t.Count);
            text.Append(Invariant($"{layer.Describe(width),-32}{count,14:N0}\n"));
            width = layer.OutputWidth(width);
        }

        if (Members is { } members)
            text.Append(Invariant($"{"members, averaged",-32}{members,14:N0}\n"));
        return text.Append(Invariant($"{"parameters",-32}{ParameterCount,14:N0}\n")).ToString();
    }

    /// <summary>All tensors with the names they are saved under: index of the layer, dot, name in the layer.</summary>
    internal IEnumerable<(string Name, int Layer, TensorSpec Tensor)> NamedTensors()
    {
        var width = BoundInputs;
        for (var i = 0; i < Layers.Count; i++)
        {
            foreach (var tensor in Layers[i].Tensors(width))
                yield return (Invariant($"{i}.{tensor.Name}"), i, tensor);
            width = Layers[i].OutputWidth(width);
        }
    }

    /// <summary>Multiply-adds of one row's forward pass.</summary>
    /// <param name="values">Values of the row that are not 0, where the first layer computes with these alone.</param>
    internal long MultiplyAdds(long? values = null)
    {
        long sum = 0;
        _ = Layers.Aggregate(BoundInputs, (width, layer) =>
        {
            sum += values is { } some && ReferenceEquals(layer, Layers[0]) && layer is LinearSpec first ? some * first.Outputs : layer.MultiplyAdds(width);
            return layer.OutputWidth(width);
        });
        return sum;
    }

    /// <summary>Values that the layers give for one row, all of them together.</summary>
    internal long RowValues()
    {
        long sum = 0;
        _ = Layers.Aggregate(BoundInputs, (width, layer) =>
        {
            var next = layer.OutputWidth(width);
            sum += next;
            return next;
        });
        return sum;
    }

    /// <summary>A number of inputs that a network not bound to data may have.</summary>
    private int AnyInputs => Layers?.FirstOrDefault()?.RequiredInputs ?? 1;

    /// <summary>Whether sparse rows can be taken as they are: a linear layer comes first, be it the only one.</summary>
    internal bool SuitsSparseRows => Layers.FirstOrDefault() is null or LinearSpec { Groups: null };

    private int BoundInputs => Inputs ?? throw new InvalidOperationException("The network has no input size yet. Call Bind first.");

    /// <summary>Two specs are equal when their layers are, one by one.</summary>
    public bool Equals(NetworkSpec? other) => other is not null && Inputs == other.Inputs && Members == other.Members && Layers.SequenceEqual(other.Layers);

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
            Check(AnyInputs);
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    private void Check(int inputs)
    {
        if (Layers is null || Layers.Any(layer => layer is null))
            throw new ArgumentException("Layers must be given, none of them null.");
        if (Layers.Count > MaximumLayers)
            throw new ArgumentOutOfRangeException(nameof(Layers), Invariant($"Layers must be at most {MaximumLayers} in number. Got {Layers.Count}."));
        if (Layers.Skip(1).FirstOrDefault(layer => layer.IsFirstOnly) is { } misplaced)
            throw new ArgumentException(Invariant($"{misplaced.GetType().Name} must be the first layer of a network. Got it as layer {Layers.ToList().LastIndexOf(misplaced) + 1}."));
        RequireAtLeast(1, inputs, nameof(inputs));
        var last = Layers.Aggregate(inputs, (width, layer) => layer.OutputWidth(width));
        if (Members is { } members && (members is < 2 or > TrainingOptions.MaximumMembers || last % members != 0))
            throw new ArgumentOutOfRangeException(nameof(Members), Invariant($"Members must be at least 2 and at most {TrainingOptions.MaximumMembers}, and divide the width of the last layer ({last}). Got {members}."));
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
