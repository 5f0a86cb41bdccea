using FlipReg.Metrics;
using Microsoft.ML;
using Microsoft.ML.Data;
using static System.FormattableString;

namespace FlipReg.Sweeps.Pipelines;

/// <summary>Expected calibration error: Σ over bins of (rows of the bin / rows) · |share right − mean probability|, by the predicted class' probability.</summary>
internal static class CalibrationError
{
    private const int Bins = 15;

    public static double Measure(MLContext ml, IDataView scored, string labelColumnName)
    {
        var binary = scored.Schema.GetColumnOrNull("Probability") is { } probability && probability.Type == NumberDataViewType.Single;
        return Of(binary ? ReadBinary(scored, labelColumnName) : ReadMulticlass(scored, labelColumnName));
    }

    /// <param name="rows">The predicted class' probability of each row, and whether it is right.</param>
    public static double Of(IEnumerable<(double Probability, bool Right)> rows)
    {
        var sums = new BinSums[Bins];
        foreach (var (probability, right) in rows)
            sums[CalibrationMath.Bin(probability, Bins)].Add(probability, right);
        return sums.All(bin => bin.Rows == 0) ? double.NaN : CalibrationMath.ExpectedError(CalibrationMath.Table(sums));
    }

    private static IEnumerable<(double Probability, bool Right)> ReadBinary(IDataView scored, string labelColumnName)
    {
        var (label, probability) = (Column(scored, labelColumnName), Column(scored, "Probability"));
        using var cursor = scored.GetRowCursor([label, probability]);
        var (getLabel, getProbability) = (cursor.GetGetter<bool>(label), cursor.GetGetter<float>(probability));
        var (truth, share) = (false, 0f);
        while (cursor.MoveNext())
        {
            getLabel(ref truth);
            getProbability(ref share);
            yield return (Math.Max(share, 1 - share), share >= 0.5f == truth);
        }
    }

    private static IEnumerable<(double Probability, bool Right)> ReadMulticlass(IDataView scored, string labelColumnName)
    {
        var (label, score) = (Column(scored, labelColumnName), Column(scored, "Score"));
        if (label.Type is not KeyDataViewType)
            throw new ArgumentException(Invariant($"Column '{labelColumnName}' must be a key. Got {label.Type}."), nameof(labelColumnName));
        using var cursor = scored.GetRowCursor([label, score]);
        var (getLabel, getScore) = (cursor.GetGetter<uint>(label), cursor.GetGetter<VBuffer<float>>(score));
        uint key = 0;
        VBuffer<float> scores = default;
        while (cursor.MoveNext())
        {
            getLabel(ref key);
            getScore(ref scores);
            if (key == 0)
                continue;
            var values = scores.DenseValues().ToArray();
            var best = Array.IndexOf(values, values.Max());
            yield return (values[best], best == key - 1);
        }
    }

    private static DataViewSchema.Column Column(IDataView scored, string name) => scored.Schema.GetColumnOrNull(name)
        ?? throw new ArgumentException(Invariant($"The scored rows must have a column '{name}'. They have {string.Join(", ", scored.Schema.Select(c => c.Name))}."), nameof(name));
}
