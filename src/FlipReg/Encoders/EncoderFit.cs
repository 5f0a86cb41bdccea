using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Encoders;

/// <summary>Fits an encoder on training rows, each counted by its weight. The same rows give the same encoder, whatever the number of threads.</summary>
internal static class EncoderFit
{
    /// <summary>Quantiles of a slot at most.</summary>
    internal const int MaximumKnots = 1000;

    /// <summary>Ranks are kept within this distance from 0 and 1: as normal values, within ±3.09.</summary>
    internal const double RankMargin = 0.001;

    /// <summary>Mean squared length of an encoded row at most, about.</summary>
    internal const float UsualLength = 16;

    /// <summary>Rows that ranks are taken from at most: of more, every second, third, …</summary>
    internal const int MaximumRankedRows = 200_000;

    /// <summary>Values of the slots that are looked at together.</summary>
    private const long ValuesAtOnce = 1 << 24;

    private const int SlotsAtOnce = 64;

    /// <summary>
    /// A factor for rows of many columns. A first layer learns, and memorises, in proportion to the squared length of its input, which for columns of
    /// variance 1 is their number: it is kept at <see cref="UsualLength"/> at most.
    /// </summary>
    internal static float RowScale(int width) => MathF.Sqrt(Math.Min(1, UsualLength / width));

    /// <summary>Fits an encoder.</summary>
    /// <param name="table">Raw training rows; finite but for missing values.</param>
    /// <param name="weights">What each row counts; null where all count alike. Rows of weight 0 do not count.</param>
    /// <param name="encoding">The encoding asked for.</param>
    /// <param name="missing">What a missing value is.</param>
    public static InputEncoder Of(TrainingTable table, float[]? weights, InputEncoding encoding, MissingValues missing)
    {
        if (encoding == InputEncoding.None && missing == MissingValues.Error)
            return InputEncoder.Identity(table.Width);
        var rows = table.HostRows();
        var slots = new EncodedSlot[table.Width];
        var together = (int)Math.Clamp(ValuesAtOnce / table.Rows, 1, SlotsAtOnce);
        var columns = new float[Math.Min(together, table.Width)][];
        for (var i = 0; i < columns.Length; i++)
            columns[i] = new float[table.Rows];
        for (var first = 0; first < table.Width; first += columns.Length)
        {
            var count = Math.Min(columns.Length, table.Width - first);
            // Row by row, so that each row's memory is read once for all of them.
            for (var row = 0; row < table.Rows; row++)
            {
                var values = rows.Row(row).Slice(first, count);
                for (var i = 0; i < count; i++)
                    columns[i][row] = values[i];
            }

            for (var i = 0; i < count; i++)
                slots[first + i] = Slot(columns[i], weights, encoding);
        }

        return new InputEncoder(slots, missing, encoding == InputEncoding.Auto ? RowScale(InputEncoder.WidthOf(slots)) : 1);
    }

    private static EncodedSlot Slot(float[] column, float[]? weights, InputEncoding encoding)
    {
        var moments = SlotMoments.Of(column, weights);
        var hasIndicator = moments.Missing > 0 && moments.Present > 0;
        if (encoding == InputEncoding.None)
            return EncodedSlot.Identity with { HasIndicator = hasIndicator, Center = (float)moments.Mean };
        if (moments.Distinct < 2)
            return EncodedSlot.Constant with { HasIndicator = hasIndicator };
        if (encoding == InputEncoding.Auto && moments.Distinct == 2)
        {
            var range = (double)moments.Highest - moments.Lowest;
            return new EncodedSlot(SlotKind.TwoValues, hasIndicator, moments.Lowest, Reciprocal(range), (float)((moments.Mean - moments.Lowest) / range), [], []);
        }

        var (shift, scale) = ((float)moments.Mean, Reciprocal(moments.Deviation));
        if (encoding == InputEncoding.Standard)
            return new EncodedSlot(SlotKind.Linear, hasIndicator, shift, scale, 0, [], []);
        var (knots, normals) = Ranks(column, weights);
        return new EncodedSlot(SlotKind.Numeric, hasIndicator, shift, scale, 0, knots, normals);
    }

    private static float Reciprocal(double value) => (float)Math.Min(1 / value, float.MaxValue);

    /// <summary>
    /// Values and their ranks as standard normal values. A value's rank is the share of the rows below it and of half of those that have it, so that ties
    /// get one rank; of more distinct values than <see cref="MaximumKnots"/>, those at evenly spaced ranks and both ends.
    /// </summary>
    private static (float[] Knots, float[] Normals) Ranks(float[] column, float[]? weights)
    {
        var step = (column.Length + MaximumRankedRows - 1) / MaximumRankedRows;
        var (values, shares) = Present(column, weights, step);
        // A sample may have missed all but one of a rare slot's values.
        if (step > 1 && values.Distinct().Take(2).Count() < 2)
            (values, shares) = Present(column, weights, 1);
        Array.Sort(values, shares);
        var total = shares.Sum();
        var distinct = new List<(float Value, double Rank)>();
        double below = 0;
        for (var i = 0; i < values.Length;)
        {
            double here = 0;
            var value = values[i];
            var same = SlotMoments.SameAs(value);
            for (; i < values.Length && values[i] <= same; i++)
                here += shares[i];
            distinct.Add((value, (below + (here / 2)) / total));
            below += here;
        }

        var chosen = Chosen(distinct);
        using var scope = NewDisposeScope();
        var ranks = tensor(chosen.Select(knot => Math.Clamp(knot.Rank, RankMargin, 1 - RankMargin)).ToArray());
        // Φ⁻¹(p) = √2·erf⁻¹(2p − 1).
        var normals = ranks.mul(Keep(2)).Plus(-1).erfinv().mul(Keep(Math.Sqrt(2))).to(float32).ToHost<float>();
        return ([.. chosen.Select(knot => knot.Value)], normals);
    }

    private static (float[] Values, double[] Shares) Present(float[] column, float[]? weights, int step)
    {
        var values = new List<float>(column.Length / step);
        var shares = new List<double>(column.Length / step);
        for (var i = 0; i < column.Length; i += step)
        {
            if (float.IsNaN(column[i]) || weights?[i] == 0)
                continue;
            values.Add(column[i]);
            shares.Add(weights?[i] ?? 1);
        }

        return ([.. values], [.. shares]);
    }

    private static List<(float Value, double Rank)> Chosen(List<(float Value, double Rank)> distinct)
    {
        if (distinct.Count <= MaximumKnots)
            return distinct;
        var chosen = new List<(float Value, double Rank)>(MaximumKnots) { distinct[0] };
        for (var i = 1; i < distinct.Count; i++)
        {
            // The first value at or beyond each evenly spaced rank, and the last value.
            if (distinct[i].Rank >= (double)chosen.Count / (MaximumKnots - 1) || i == distinct.Count - 1)
                chosen.Add(distinct[i]);
        }

        return chosen;
    }
}
