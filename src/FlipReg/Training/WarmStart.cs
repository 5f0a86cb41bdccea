using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FlipReg.Data;
using FlipReg.Encoders;
using FlipReg.Networks;
using static System.FormattableString;

namespace FlipReg.Training;

/// <summary>The first values of a fit that goes on from a trained network: a copy of its state, and which of its outputs each class takes over.</summary>
internal sealed class WarmStart : IDisposable
{
    /// <summary>Classes that a message names at most.</summary>
    private const int NamesShown = 20;

    /// <summary>Stands for a class that the initial model does not know.</summary>
    private const int New = -1;

    private const string Option = nameof(TrainingOptions.InitialModel);

    private readonly int[] _sources;
    private readonly Network _source;

    private WarmStart(int[] sources, Network source, InputEncoder encoder) => (_sources, _source, Encoder) = (sources, source, encoder);

    /// <summary>The initial model's encoding: its weights mean nothing on rows encoded in another way.</summary>
    public InputEncoder Encoder { get; }

    /// <summary>SHA-256 of the values and of which class takes over which: equal for equal starts.</summary>
    public string Fingerprint
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(MemoryMarshal.AsBytes(_sources.AsSpan()));
            foreach (var (_, value) in _source.State)
                HostReads.ReadBytes(value, bytes => hash.AppendData(bytes));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>Checks a model against what is to be trained and copies its state: from here on the model may be disposed.</summary>
    /// <param name="model">The initial model.</param>
    /// <param name="options">The fit's options: the layers to train, without the last, the images' shape and the ensemble's members.</param>
    /// <param name="features">Features of a row.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="names">Their names; null where there are none.</param>
    /// <param name="info">Receives what is taken over.</param>
    /// <param name="warning">Receives that no class is.</param>
    /// <param name="categories">For each of the last features that are categories, how many there are; null for none.</param>
    /// <exception cref="ArgumentException">The model has other features or layers, or its classes cannot be matched.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public static WarmStart Of(TrainedNetwork model, TrainingOptions options, int features, int classes, IReadOnlyList<string>? names, Action<string> info, Action<string> warning, IReadOnlyList<int>? categories = null)
    {
        if (model.Encoder.RawWidth != features)
            throw new ArgumentException(Invariant($"{Option} must have been trained on {features} features, as the data have. Got a model of {model.Encoder.RawWidth}. Prepare the data with the transforms of its training, or start without it."), Option);
        var hidden = options.Network;
        // An embedding that the option Network has itself is a layer like others.
        if (hidden.Layers.FirstOrDefault() is not CategoryEmbeddingSpec)
        {
            CheckCategories(model.Network.Categories, categories ?? []);
            hidden = hidden.WithCategories(model.Encoder.Width, categories ?? []);
        }

        CheckLayers(model.Network, options, hidden);
        var sources = Sources(model, classes, names);
        try
        {
            var start = new WarmStart(sources, model.CopyNetwork(), model.Encoder);
            Tell(model, names, sources, info, warning);
            return start;
        }
        catch (ObjectDisposedException e)
        {
            throw new ObjectDisposedException($"{Option} must not be disposed when Fit is called. Got a disposed model. Load it again, or dispose it after Fit.", e);
        }
    }

    /// <summary>Writes the values into a network that was initialised for the same layers.</summary>
    public void ApplyTo(Network network) => network.TakeOver(_source, _sources);

    public void Dispose() => _source.Dispose();

    private static void CheckCategories(IReadOnlyList<int> known, IReadOnlyList<int> given)
    {
        if (known.SequenceEqual(given))
            return;
        throw new ArgumentException($"{Option} must have been trained on {List(given)}, as the data have. Got a model of {List(known)}. Prepare the data with the transforms that were fitted for its training, name the same columns of categories, or start without it.", Option);

        static string List(IReadOnlyList<int> counts) => counts.Count == 0 ? "no categories" : Invariant($"{string.Join(", ", counts.Take(NamesShown).Select(count => Invariant($"{count}")))}{(counts.Count > NamesShown ? ", …" : "")} categories");
    }

    private static void CheckLayers(NetworkSpec found, TrainingOptions options, NetworkSpec hidden)
    {
        var members = options.Members;
        if ((found.Members ?? 1) != members)
            throw new ArgumentException(Invariant($"{Option} must have as many members as the option Members asks for, {members}. Got {found.Members ?? 1}. Set Members = {found.Members ?? 1}, or start without the model."), Option);
        if (hidden.IsForImages && found.Image is null)
            throw new ArgumentException($"{Option} must have the layers of the option Network, which takes images. Got a model that takes lists of values. Start without the model, or set Network to its layers.", Option);
        if (hidden.IsForImages && found.Image is not null && (found.Image, found.Layout ?? ImageLayout.ChannelsFirst) != (options.ImageShape, options.ImageLayout))
            throw new ArgumentException($"{Option} must have been trained on the images of the data, {options.ImageShape}, {options.ImageLayout}. Got {found.Image}, {found.Layout ?? ImageLayout.ChannelsFirst}. Prepare the data with the transforms of its training, or start without it.", Option);
        var expected = (found.Image is { } image ? hidden.Bind(image, found.Outputs!.Value, ImageLayout.ChannelsFirst, members, options.SharesWeights) : hidden.Bind(found.Inputs!.Value, found.Outputs!.Value, members, options.SharesWeights)).Layers;
        var input = found.InputShape;
        for (var i = 0; i < Math.Max(expected.Count, found.Layers.Count); i++)
        {
            var (mine, theirs) = (expected.ElementAtOrDefault(i), found.Layers.ElementAtOrDefault(i));
            if (mine is null || mine != theirs)
                throw new ArgumentException($"{Option} must have the layers of the option Network. {Invariant($"Layer {i} (counted from 0) is to be {Describe(mine, input)}")}. Got {Describe(theirs, input)}. Set Network = new NetworkSpec {{ Layers = [.. initialModel.Network.Layers.SkipLast(1)] }}, or start without the model.", Option);
            input = mine.OutputShape(input);
        }
    }

    private static string Describe(LayerSpec? layer, RowShape input) => layer switch
    {
        null => "none",
        BatchNormSpec norm => Invariant($"BatchNorm {input.Channels} (momentum {norm.Momentum}, epsilon {norm.Epsilon})"),
        _ => layer.Describe(input),
    };

    /// <summary>For each class the model's output, or <see cref="New"/>.</summary>
    private static int[] Sources(TrainedNetwork model, int classes, IReadOnlyList<string>? names)
    {
        var modelClasses = model.Network.Outputs!.Value;
        if (names is not null && model.ClassNames is { } known)
        {
            CheckDistinct(names, "the label's key");
            CheckDistinct(known, Option);
            var byName = known.Select((name, index) => (name, index)).ToDictionary(p => p.name, p => p.index, StringComparer.Ordinal);
            return [.. names.Select(name => byName.GetValueOrDefault(name, New))];
        }

        if (modelClasses != classes)
            throw new ArgumentException(Invariant($"{Option} must have {classes} classes, as the label's key: where one of the two has no class names, they are matched by their order. Got {modelClasses}. Make the label's key with Conversion.MapValueToKey for both trainings."), Option);
        return [.. Enumerable.Range(0, classes)];
    }

    private static void CheckDistinct(IReadOnlyList<string> names, string where)
    {
        if (names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any()) is { } twice)
            throw new ArgumentException($"Classes must have distinct names as text to be matched by name. Got '{twice.Key}' twice in {where}. Convert the label to text before Conversion.MapValueToKey.", Option);
    }

    private static void Tell(TrainedNetwork model, IReadOnlyList<string>? names, int[] sources, Action<string> info, Action<string> warning)
    {
        if (names is null || model.ClassNames is null)
        {
            info(Invariant($"Starts from a model of {sources.Length} classes, matched by their order."));
            return;
        }

        var taken = sources.ToHashSet();
        var added = names.Where((_, k) => sources[k] == New).ToList();
        var dropped = model.ClassNames.Where((_, k) => !taken.Contains(k)).ToList();
        info(Invariant($"Starts from a model of {model.ClassNames.Count} classes: {names.Count - added.Count} taken over, {added.Count} new{List(added)}, {dropped.Count} dropped{List(dropped)}."));
        if (added.Count == names.Count)
            warning($"{Option} shares no class with the data: only its hidden layers are taken over. Its classes are{List(model.ClassNames)}, those of the data{List(names)}.");
    }

    private static string List(IReadOnlyList<string> names) =>
        names.Count == 0 ? "" : $" {string.Join(", ", names.Take(NamesShown).Select(name => $"'{name}'"))}{(names.Count > NamesShown ? ", …" : "")}";
}
