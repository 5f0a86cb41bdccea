using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlipReg;

/// <summary>
/// What a row counts by its class, on top of its example weight: nothing special (<see cref="None"/>), so much that all classes count alike
/// (<see cref="Balanced"/>), or given values (<see cref="Of"/>).
/// </summary>
[JsonConverter(typeof(JsonForm))]
public sealed record ClassWeights
{
    private ClassWeights(IReadOnlyList<double>? values) => Values = values;

    /// <summary>Every class counts by its rows.</summary>
    public static ClassWeights None { get; } = new((IReadOnlyList<double>?)null);

    /// <summary>
    /// Every class counts alike: weight rows / (classes · rows of the class). With example weights their sums take the place of the numbers
    /// of rows, so that a row of weight 2 counts as two (as scikit-learn's "balanced" since 1.7). Classes without training rows are left out.
    /// </summary>
    public static ClassWeights Balanced { get; } = new((IReadOnlyList<double>?)null);

    /// <summary>The weights, one a class in the order of the label's key (that of the scores); null for <see cref="None"/> and <see cref="Balanced"/>.</summary>
    public IReadOnlyList<double>? Values { get; }

    /// <summary>One weight a class, in the order of the label's key, which is that of the scores. Only their ratios matter.</summary>
    /// <param name="values">Finite, at least 0, two or more above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public static ClassWeights Of(params IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        double[] copy = [.. values];
        if (copy.Any(v => !(v >= 0 && double.IsFinite(v))) || copy.Count(v => v > 0) < 2)
            throw new ArgumentOutOfRangeException(nameof(ClassWeights), $"ClassWeights must be finite and at least 0, two or more of them above 0. Got {Join(copy)}. Use 1 for a class that is to count by its rows.");
        return new ClassWeights(Array.AsReadOnly(copy));
    }

    /// <summary>Two are equal when they give every class the same weight.</summary>
    public bool Equals(ClassWeights? other) =>
        ReferenceEquals(this, other) || (Values is not null && other?.Values is not null && Values.SequenceEqual(other.Values));

    /// <inheritdoc/>
    public override int GetHashCode() => Values?.Aggregate(0, HashCode.Combine) ?? (this == Balanced ? 1 : 0);

    /// <summary>"None", "Balanced", or the values in the invariant culture.</summary>
    public override string ToString() => Values is not null ? Join(Values) : ReferenceEquals(this, Balanced) ? nameof(Balanced) : nameof(None);

    private static string Join(IReadOnlyList<double> values) =>
        values.Count == 0 ? "no value" : string.Join(", ", values.Select(v => v.ToString(CultureInfo.InvariantCulture)));

    /// <summary>As JSON: "None", "Balanced" or an array of numbers.</summary>
    private sealed class JsonForm : JsonConverter<ClassWeights>
    {
        public override ClassWeights Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                return reader.GetString() switch
                {
                    nameof(None) => None,
                    nameof(Balanced) => Balanced,
                    var text => throw new JsonException($"ClassWeights must be 'None', 'Balanced' or an array of numbers. Got '{text}'."),
                };
            }

            try
            {
                return Of(JsonSerializer.Deserialize<double[]>(ref reader, options) ?? []);
            }
            catch (ArgumentOutOfRangeException e)
            {
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, ClassWeights value, JsonSerializerOptions options)
        {
            if (value.Values is null)
                writer.WriteStringValue(value.ToString());
            else
                JsonSerializer.Serialize(writer, value.Values, options);
        }
    }
}
