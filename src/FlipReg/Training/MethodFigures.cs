using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlipReg;

/// <summary>Numbers that a method reports of an epoch, by their names, in the method's order. Two are equal where names and numbers are.</summary>
[JsonConverter(typeof(JsonForm))]
public sealed class MethodFigures : IReadOnlyDictionary<string, double>, IEquatable<MethodFigures>
{
    private readonly KeyValuePair<string, double>[] _figures;

    private MethodFigures(KeyValuePair<string, double>[] figures) => _figures = figures;

    /// <summary>No figures.</summary>
    public static MethodFigures None { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _figures.Length;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _figures.Select(figure => figure.Key);

    /// <inheritdoc/>
    public IEnumerable<double> Values => _figures.Select(figure => figure.Value);

    /// <summary>The figure of a name.</summary>
    /// <exception cref="KeyNotFoundException">The method reports none of that name.</exception>
    public double this[string key] => TryGetValue(key, out var value)
        ? value
        : throw new KeyNotFoundException($"A figure must be one that the method reports ({(Count == 0 ? "it reports none" : string.Join(", ", Keys))}). Got '{key}'.");

    /// <inheritdoc/>
    public bool ContainsKey(string key) => TryGetValue(key, out _);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out double value)
    {
        foreach (var (name, figure) in _figures)
        {
            if (name == key)
            {
                value = figure;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, double>> GetEnumerator() => _figures.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(MethodFigures? other) => other is not null && _figures.AsSpan().SequenceEqual(other._figures);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MethodFigures);

    /// <inheritdoc/>
    public override int GetHashCode() => _figures.Aggregate(0, HashCode.Combine);

    /// <summary>Names and numbers with commas between them, in the invariant culture.</summary>
    public override string ToString() => string.Join(", ", _figures.Select(figure => string.Create(CultureInfo.InvariantCulture, $"{figure.Key} {figure.Value:G4}")));

    internal static MethodFigures Of(IEnumerable<(string Name, double Value)> figures)
    {
        KeyValuePair<string, double>[] pairs = [.. figures.Select(figure => KeyValuePair.Create(figure.Name, figure.Value))];
        return pairs.Length == 0 ? None : new MethodFigures(pairs);
    }

    /// <summary>As JSON: an object.</summary>
    private sealed class JsonForm : JsonConverter<MethodFigures>
    {
        public override MethodFigures Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Of(JsonSerializer.Deserialize<Dictionary<string, double>>(ref reader, options)!.Select(figure => (figure.Key, figure.Value)));

        public override void Write(Utf8JsonWriter writer, MethodFigures value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (name, figure) in value._figures)
            {
                // Numbers that JSON has none for follow the options.
                writer.WritePropertyName(name);
                JsonSerializer.Serialize(writer, figure, options);
            }

            writer.WriteEndObject();
        }
    }
}
