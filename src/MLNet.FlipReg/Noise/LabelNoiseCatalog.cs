using FlipReg;
using FlipReg.Runtime;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Noise;

namespace Microsoft.ML;

/// <summary>Adds wrong labels on purpose to <c>mlContext.Data</c>.</summary>
public static class LabelNoiseCatalog
{
    /// <summary>The data with some labels changed to other classes; the labels as they were stand in a column of their own.</summary>
    /// <remarks>
    /// The labels are read once now; everything else is read through. Which rows change follows from the seed and the rows' order, so the data must give its rows in the
    /// same order each time, as files and collections do; a row that differs later is an error. Rows stay in that order, also where a reader asks for another (<c>CanShuffle</c>
    /// is false; trainers shuffle for themselves). Missing labels stay missing and do not count. Corrupt the training data only, after it was split.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="input">The data.</param>
    /// <param name="noise">Which labels change, such as <c>LabelNoise.Symmetric(0.2)</c>.</param>
    /// <param name="labelColumnName">Name of the label column, a key or a Boolean (false before true). The changed labels have its name, type and values.</param>
    /// <param name="originalLabelColumnName">Name of the new column with the labels as they were.</param>
    /// <param name="seed">The seed; null takes the context's, or draws one where it has none.</param>
    /// <exception cref="ArgumentException">The noise does not suit the label's classes, or there is a column of the new name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The label column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">No row has a label. Thrown when rows are read: they are not those of before.</exception>
    public static IDataView CorruptLabels(this DataOperationsCatalog catalog, IDataView input, LabelNoise noise, string labelColumnName = "Label", string originalLabelColumnName = "OriginalLabel", int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(noise);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(originalLabelColumnName);
        var drawn = seed ?? HostAccess.Seed(HostAccess.Environment(catalog)) ?? Random.Shared.Next();
        return new CorruptedView(input, noise, labelColumnName, originalLabelColumnName, Seeds.Stream(drawn, 1UL << 50));
    }
}
