using System.Text.Json.Serialization;
using FlipReg;
using FlipReg.Data;
using FlipReg.Encoders;
using static System.FormattableString;
using static TorchSharp.torch;

namespace MLNet.FlipReg.Persistence;

/// <summary>What a model's document says of the encoding of its features; its numbers stand beside the weights.</summary>
internal sealed record EncodingDocument
{
    /// <summary>Slots that a row may have at most.</summary>
    internal const int MaximumSlots = 1 << 24;

    /// <summary>What a missing value is.</summary>
    public required MissingValues Missing { get; init; }

    /// <summary>Every column is multiplied by it.</summary>
    public required float RowScale { get; init; }

    /// <summary>Slots of a raw row.</summary>
    public required int Slots { get; init; }

    /// <summary>Knots of all slots.</summary>
    public required long Knots { get; init; }

    /// <summary>Numbers beside the weights.</summary>
    [JsonIgnore]
    public long Values => Tensors.Sum(t => t.Shape[0] * t.Shape[1]);

    /// <summary>Names and shapes of the tensors that hold them.</summary>
    [JsonIgnore]
    public IEnumerable<(string Name, long[] Shape)> Tensors
    {
        get
        {
            yield return (EncoderTensors.SlotsName, [EncoderTensors.Fields, Slots]);
            if (Knots > 0)
                yield return (EncoderTensors.KnotsName, [2, Knots]);
        }
    }

    /// <summary>An encoder's document; null where it leaves rows as they are.</summary>
    public static EncodingDocument? Of(InputEncoder encoder) =>
        encoder.IsIdentity ? null : new EncodingDocument { Missing = encoder.Missing, RowScale = encoder.RowScale, Slots = encoder.RawWidth, Knots = encoder.Slots.Sum(slot => (long)slot.Knots.Length) };

    /// <summary>Looks at the numbers before anything is made of them.</summary>
    /// <exception cref="FormatException">A number is out of its range.</exception>
    public void Check()
    {
        if (!Enum.IsDefined(Missing) || Slots is < 1 or > MaximumSlots || Knots < 0 || Knots > (long)Slots * EncoderFit.MaximumKnots || Knots * 2 > Array.MaxLength || !(RowScale > 0 && float.IsFinite(RowScale)))
            throw new FormatException(Invariant($"Model.json must hold an encoding of 1 to {MaximumSlots} slots with at most {EncoderFit.MaximumKnots} knots each. Got {Slots} slots, {Knots} knots, a factor of {RowScale} and missing values as {(int)Missing}. The file is altered."));
    }
}

/// <summary>The tensors of an encoding while a model is loaded.</summary>
internal sealed class EncodingTensors : IDisposable
{
    private readonly EncodingDocument? _document;
    private readonly List<(string Name, Tensor Value)> _state = [];

    public EncodingTensors(EncodingDocument? document)
    {
        _document = document;
        foreach (var (name, shape) in document?.Tensors ?? [])
            _state.Add((name, empty(shape, dtype: float32).DetachFromDisposeScope()));
    }

    /// <summary>The tensors of an encoder; none where it leaves rows as they are.</summary>
    public EncodingTensors(InputEncoder encoder)
        : this(EncodingDocument.Of(encoder))
    {
        var values = EncoderTensors.Of(encoder);
        foreach (var (name, value) in _state)
        {
            using var source = tensor(name == EncoderTensors.SlotsName ? values.Slots : values.Knots);
            value.view(-1).copy_(source);
        }
    }

    /// <summary>The tensors by name; setting one sets its values.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State => _state;

    /// <summary>The encoder for a network that sees rows of <paramref name="width"/> values.</summary>
    /// <exception cref="FormatException">The values are not an encoder's, or its rows have another width.</exception>
    public InputEncoder ToEncoder(int width)
    {
        if (_document is null)
            return InputEncoder.Identity(width);
        var encoder = new EncoderTensors(_state[0].Value.ToHost<float>(), _state.Count > 1 ? _state[1].Value.ToHost<float>() : []).ToEncoder(_document.Missing, _document.RowScale);
        return encoder.Width == width
            ? encoder
            : throw new FormatException(Invariant($"Weights.safetensors must hold an encoding that gives the network {width} values a row. Got {encoder.Width}. The file is altered."));
    }

    public void Dispose() => _state.ForEach(s => s.Value.Dispose());
}
