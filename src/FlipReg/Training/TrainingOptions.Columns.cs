using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FlipReg.Training;

namespace FlipReg;

/// <content>The columns that features come from.</content>
public abstract partial class TrainingOptions
{
    /// <summary>
    /// Name of the feature column, a known-size vector of Single. Default "Features". Where <see cref="NumericColumnNames"/> or <see cref="CategoricalColumnNames"/> are given it is read
    /// only if it was set, be it to "Features": its values then come first.
    /// </summary>
    [Required]
    public string FeatureColumnName
    {
        get;
        set => (field, IsFeatureColumnSet) = (value, true);
    }
    = "Features";

    /// <summary>
    /// Names of columns of numbers: Single, or vectors of Single of a known size. Their values, one column after another, are the features; no Concatenate is needed.
    /// Null or empty for none. Default null.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? NumericColumnNames { get; set; }

    /// <summary>
    /// Names of columns of categories: keys, or vectors of keys of a known size, with at most 16,777,215 values. Each category gets a vector of its own, which the network learns (an embedding) and
    /// which takes the place of one-hot slots; of a vector of keys, each slot has vectors of its own. Null or empty for none. Default null.
    /// </summary>
    /// <remarks>
    /// K categories get vectors of 1.6·K^0.56 values (rounded; at most 64, less above 262,144 categories), the rule of fastai. A missing key, which is also what MapValueToKey makes of a value that it was not fitted on, has a
    /// vector, too: it is trained where training has missing keys, else it is the mean of all others. Rows are then held dense, and <see cref="Network"/> may not begin with an embedding of its own.
    /// </remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? CategoricalColumnNames { get; set; }

    /// <summary>Whether <see cref="FeatureColumnName"/> was set.</summary>
    private bool IsFeatureColumnSet { get; set; }

    /// <summary>Whether the feature column is read.</summary>
    internal bool ReadsFeatureColumn => IsFeatureColumnSet || NumericColumnNames is not { Count: > 0 } && CategoricalColumnNames is not { Count: > 0 };

    /// <summary>All columns of numbers, in the order of their values in a row: the feature column, where it is read, and the others.</summary>
    internal IReadOnlyList<string> Numbers => [.. ReadsFeatureColumn ? [FeatureColumnName] : Array.Empty<string>(), .. NumericColumnNames ?? []];

    /// <summary>All columns of categories.</summary>
    internal IReadOnlyList<string> Categories => CategoricalColumnNames ?? [];

    /// <summary>Rules between the options of this part.</summary>
    private IEnumerable<OptionError> CheckColumns()
    {
        var roles = new Dictionary<string, string>(StringComparer.Ordinal) { [LabelColumnName] = nameof(LabelColumnName) };
        if (ExampleWeightColumnName is { } weight)
            roles.TryAdd(weight, nameof(ExampleWeightColumnName));
        if (ReadsFeatureColumn)
            roles.TryAdd(FeatureColumnName, nameof(FeatureColumnName));
        foreach (var (option, names) in new[] { (nameof(NumericColumnNames), NumericColumnNames), (nameof(CategoricalColumnNames), CategoricalColumnNames) })
        {
            foreach (var name in names ?? [])
            {
                if (string.IsNullOrEmpty(name))
                    yield return new(option, "must name columns", name is null ? null : "an empty text", "Leave it out.");
                else if (!roles.TryAdd(name, option))
                    yield return new(option, $"must name columns that have no other part, each once", $"'{name}', which is in {roles[name]} already", "Name it in one place.");
            }
        }

        if (!(NumericColumnNames is not { Count: > 0 } && CategoricalColumnNames is not { Count: > 0 }) && (Images is not null || Network.IsForImages))
            yield return new(NumericColumnNames is { Count: > 0 } ? nameof(NumericColumnNames) : nameof(CategoricalColumnNames), "must not be given where the features are images", "other columns beside them", $"Name the images in {nameof(FeatureColumnName)} alone.");
        if (Categories.Count > 0 && Network.Layers?.FirstOrDefault() is CategoryEmbeddingSpec)
            yield return new(nameof(Network), $"must not begin with an embedding where {nameof(CategoricalColumnNames)} are given: the trainer adds it", "a CategoryEmbeddingSpec", "Leave one of the two out.");
    }
}
