using System.ComponentModel.DataAnnotations;
using FlipReg.Training;
using static System.FormattableString;

namespace FlipReg;

/// <summary>How a classifier is written as an ONNX model.</summary>
public sealed class OnnxOptions
{
    internal const int MinimumOpset = 12;
    internal const int MaximumOpset = 17;
    internal const string Score = "Score";
    internal const string PredictedLabel = "PredictedLabel";
    internal const string Logits = "Logits";
    internal const string Probability = "Probability";

    /// <summary>Version of the operators (domain ai.onnx); 12 to 17. Default 17. Older runtimes need a lower one.</summary>
    [Range(MinimumOpset, MaximumOpset)]
    public int OpsetVersion { get; set; } = MaximumOpset;

    /// <summary>Name of the model's input; null (the default) for the name of the feature column. Null where there are several, which keep their names.</summary>
    public string? InputName { get; set; }

    /// <summary>Whether the model gives the logits too, as output Logits. Default false.</summary>
    public bool IncludeLogits { get; set; }

    /// <summary>
    /// Whether the weights go to a file beside the model, in ONNX's format for external data; needs a path. A model of 2 GiB or more does so anyway.
    /// Default false.
    /// </summary>
    public bool ExternalData { get; set; }

    /// <summary>The shape of the model's input, where it takes images.</summary>
    internal ImageShape? Image { get; private set; }

    /// <summary>The same options for a model that takes images, or rows where there is no shape.</summary>
    internal OnnxOptions For(ImageShape? image)
    {
        var options = (OnnxOptions)MemberwiseClone();
        options.Image = image;
        return options;
    }

    /// <summary>Checks the options that are no names.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal void Check()
    {
        if (OpsetVersion is < MinimumOpset or > MaximumOpset)
            throw Bad(new OptionError(nameof(OpsetVersion), Invariant($"must be at least {MinimumOpset} and at most {MaximumOpset}"), OpsetVersion));
    }

    /// <summary>Name of the input for a column that features come from.</summary>
    /// <param name="featureColumn">The column.</param>
    /// <param name="isOnly">Whether there is no other.</param>
    /// <param name="outputs">Names of the model's outputs, without Logits.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal string CheckedInputName(string featureColumn, bool isOnly, IReadOnlyList<string> outputs)
    {
        if (!isOnly && InputName is not null)
            throw Bad(new OptionError(nameof(InputName), "must be null where features come from several columns: each is an input under its own name", InputName, "Leave it out."));
        var name = InputName ?? featureColumn;
        if (name.Length == 0)
            throw Bad(new OptionError(nameof(InputName), "must not be empty", "an empty text", "Leave it null for the name of the feature column."));
        if (outputs.Contains(name) || name == Logits)
            throw Bad(new OptionError(InputName is null ? "The feature column's name" : nameof(InputName), $"must differ from the outputs {string.Join(", ", outputs)} and {Logits}", name, isOnly ? $"Set {nameof(InputName)}." : "Train on a column of another name."));
        return name;
    }

    private static ArgumentOutOfRangeException Bad(OptionError error) => new(error.Name, error.ToString());
}
