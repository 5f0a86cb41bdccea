using System.ComponentModel.DataAnnotations;
using FlipReg.Training;

namespace FlipReg;

/// <summary>How a fitted pipeline is written as an ONNX model.</summary>
public sealed class OnnxExportOptions
{
    /// <summary>Version of the operators (domain ai.onnx); 9 to 12, which is the highest that ML.NET's own transforms have. Default 12.</summary>
    [Range(9, 12)]
    public int OpsetVersion { get; set; } = 12;

    /// <summary>
    /// Columns of the scored data that the model gives, under their names. Null (the default) for those of PredictedLabel, Probability and
    /// Score that there are.
    /// </summary>
    public IReadOnlyList<string>? OutputColumns { get; set; }

    /// <summary>
    /// Whether the networks' weights go to a file beside the model, in ONNX's format for external data; needs a path. A model of 2 GiB or more
    /// does so anyway. Default false.
    /// </summary>
    public bool ExternalData { get; set; }

    /// <summary>
    /// Whether ONNX Runtime scores the first rows of the sample data, at most 256, before the model gets its place: in one batch, and the first row
    /// alone. Needs the package Microsoft.ML.OnnxRuntime in the application. Default false.
    /// </summary>
    public bool Verify { get; set; }

    /// <summary>
    /// How far a number of the ONNX model may be from that of the pipeline when verifying; above 0. Texts, keys and other integers must be equal. Default 1e-5.
    /// </summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double Tolerance { get; set; } = 1e-5;

    /// <summary>A copy that holds only what is allowed.</summary>
    /// <exception cref="ArgumentException">The output columns are none, or one is named twice.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal OnnxExportOptions Checked()
    {
        if (OptionRules.ErrorsOf(this).FirstOrDefault() is { } error)
            throw new ArgumentOutOfRangeException(error.Name, error.ToString());
        var copy = (OnnxExportOptions)MemberwiseClone();
        copy.OutputColumns = OutputColumns?.ToArray();
        if (copy.OutputColumns is { } columns)
        {
            if (columns.Count == 0 || columns.Any(string.IsNullOrEmpty))
                throw new ArgumentException($"OutputColumns must name at least one column, and no name may be empty. Got {(columns.Count == 0 ? "no name" : "an empty one")}. Leave it null for PredictedLabel and Score.", nameof(OutputColumns));
            if (columns.GroupBy(c => c, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
                throw new ArgumentException($"OutputColumns must name each column once. Got '{twice.Key}' more than once.", nameof(OutputColumns));
        }

        return copy;
    }
}
