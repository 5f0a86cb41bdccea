using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Scoring;

/// <summary>The values behind the label's keys, in their own type: what MapKeyToValue turns predictions back into.</summary>
internal abstract class ClassNames
{
    /// <summary>The types that key values may have, by the names they are saved under.</summary>
    private static readonly Dictionary<string, ClassNames> _types = new(StringComparer.Ordinal)
    {
        ["String"] = new Typed<ReadOnlyMemory<char>>(TextDataViewType.Instance, []),
        ["Single"] = new Typed<float>(NumberDataViewType.Single, []),
        ["Double"] = new Typed<double>(NumberDataViewType.Double, []),
        ["SByte"] = new Typed<sbyte>(NumberDataViewType.SByte, []),
        ["Int16"] = new Typed<short>(NumberDataViewType.Int16, []),
        ["Int32"] = new Typed<int>(NumberDataViewType.Int32, []),
        ["Int64"] = new Typed<long>(NumberDataViewType.Int64, []),
        ["Byte"] = new Typed<byte>(NumberDataViewType.Byte, []),
        ["UInt16"] = new Typed<ushort>(NumberDataViewType.UInt16, []),
        ["UInt32"] = new Typed<uint>(NumberDataViewType.UInt32, []),
        ["UInt64"] = new Typed<ulong>(NumberDataViewType.UInt64, []),
        ["Boolean"] = new Typed<bool>(BooleanDataViewType.Instance, []),
        ["DateTime"] = new Typed<DateTime>(DateTimeDataViewType.Instance, []),
        ["DateTimeOffset"] = new Typed<DateTimeOffset>(DateTimeOffsetDataViewType.Instance, []),
        ["TimeSpan"] = new Typed<TimeSpan>(TimeSpanDataViewType.Instance, []),
    };

    private static readonly JsonSerializerOptions _json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Number of classes.</summary>
    public int Count => Texts.Count;

    /// <summary>The values as text, in the invariant culture.</summary>
    public abstract IReadOnlyList<string> Texts { get; }

    /// <summary>Whether the values are text, so that they may serve as slot names.</summary>
    public abstract bool AreText { get; }

    /// <summary>Adds the values to a column's annotations.</summary>
    public abstract void AddTo(DataViewSchema.Annotations.Builder builder, string kind);

    /// <summary>The values as JSON: the type's name and a list.</summary>
    public abstract JsonObject ToJson();

    /// <summary>The key values of a column; null where it has none, not one per key, or of a type that cannot be saved.</summary>
    public static ClassNames? Of(DataViewSchema.Column keyColumn, int classes)
    {
        if (keyColumn.Annotations.Schema.GetColumnOrNull("KeyValues")?.Type is not VectorDataViewType type || type.Size != classes || type.ItemType is KeyDataViewType)
            return null;
        return _types.Values.FirstOrDefault(names => names.Holds(type.ItemType))?.Read(keyColumn);
    }

    /// <summary>false and true.</summary>
    public static ClassNames OfBooleans() => new Typed<bool>(BooleanDataViewType.Instance, [false, true]);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static ClassNames FromJson(JsonElement element, int classes)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String
            || !_types.TryGetValue(type.GetString()!, out var known))
            throw new FormatException(InvariantText.OfFile($"classNames must have a type among {string.Join(", ", _types.Keys)}. Got {element}. The file is altered."));
        if (!element.TryGetProperty("values", out var values) || values.ValueKind != JsonValueKind.Array || values.GetArrayLength() != classes)
            throw new FormatException(InvariantText.OfFile($"classNames must have a list of {classes} values, one per class. Got {element}. The file is altered."));
        return known.Parse(values);
    }

    protected abstract bool Holds(PrimitiveDataViewType type);

    protected abstract ClassNames Read(DataViewSchema.Column keyColumn);

    protected abstract ClassNames Parse(JsonElement values);

    private sealed class Typed<T>(PrimitiveDataViewType type, T[] values) : ClassNames
    {
        public override IReadOnlyList<string> Texts { get; } = [.. values.Select(v => v is IFormattable f ? f.ToString(null, CultureInfo.InvariantCulture) : v!.ToString()!)];

        public override bool AreText => typeof(T) == typeof(ReadOnlyMemory<char>);

        public override void AddTo(DataViewSchema.Annotations.Builder builder, string kind) =>
            builder.Add(kind, new VectorDataViewType(type, values.Length), (ref VBuffer<T> value) => new VBuffer<T>(values.Length, values).CopyTo(ref value));

        public override JsonObject ToJson() => new()
        {
            ["type"] = _types.First(t => t.Value.Holds(type)).Key,
            // As lists: an array of bytes would become base64.
            ["values"] = AreText ? JsonSerializer.SerializeToNode(Texts, _json) : JsonSerializer.SerializeToNode(values.ToList(), _json),
        };

        public override bool Equals(object? other) => other is Typed<T> names && (AreText ? Texts.SequenceEqual(names.Texts) : values.SequenceEqual(names.Values));

        public override int GetHashCode() => Texts.Aggregate(values.Length, HashCode.Combine);

        protected override bool Holds(PrimitiveDataViewType other) => type.Equals(other);

        protected override ClassNames Read(DataViewSchema.Column keyColumn)
        {
            VBuffer<T> buffer = default;
            keyColumn.Annotations.GetValue("KeyValues", ref buffer);
            // Text is copied: it may lie in a buffer of the source.
            return new Typed<T>(type, [.. buffer.DenseValues().Select(v => v is ReadOnlyMemory<char> text ? (T)(object)text.ToString().AsMemory() : v)]);
        }

        protected override ClassNames Parse(JsonElement array)
        {
            try
            {
                return new Typed<T>(type, AreText
                    ? [.. array.Deserialize<string[]>(_json)!.Select(text => (T)(object)(text ?? throw new JsonException("A name is null.")).AsMemory())]
                    : [.. array.Deserialize<List<T>>(_json)!]);
            }
            catch (JsonException e)
            {
                throw new FormatException(InvariantText.OfFile($"classNames must hold values of type {type}. {e.Message} The file is altered."), e);
            }
        }

        private T[] Values => values;
    }
}
