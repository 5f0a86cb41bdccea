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

    /// <summary>Slots from which on those that share a range are taken for measurements of one thing.</summary>
    internal const int LeastInUnit = 32;

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

    /// <summary>Fits an encoder. Rows that are held sparse stay as they are, and so do categories.</summary>
    /// <param name="table">Raw training rows; finite but for missing values.</param>
    /// <param name="weights">What each row counts; null where all count alike. Rows of weight 0 do not count.</param>
    /// <param name="encoding">The encoding asked for.</param>
    /// <param name="missing">What a missing value is.</param>
    /// <param name="image">The channel of each slot, where rows are images for a network that takes such; else null.</param>
    public static InputEncoder Of(TrainingTable table, float[]? weights, InputEncoding encoding, MissingValues missing, Func<int, int>? image = null)
    {
        if (table.Sparse is not null || (encoding == InputEncoding.None && missing == MissingValues.Error))
            return InputEncoder.Identity(table.Width, table.Categories.Count);
        var numbers = table.Width - table.Categories.Count;
        var moments = new SlotMoments[numbers];
        EachColumn(table, numbers, (slot, column) => moments[slot] = SlotMoments.Of(column, weights));
        if (image is not null)
            return new InputEncoder(encoding == InputEncoding.None ? Array.ConvertAll(moments, of => AsIs(of) with { HasIndicator = false }) : ChannelScores.Of(moments, image), missing);
        var slots = new EncodedSlot[numbers];
        var unit = encoding == InputEncoding.Auto ? CommonUnit(moments) : null;
        if (encoding == InputEncoding.Auto && unit is null)
            EachColumn(table, numbers, (slot, column) => slots[slot] = AutoSlot(moments[slot], column, weights));
        else
            slots = Array.ConvertAll(moments, of => encoding == InputEncoding.None ? AsIs(of) : unit is { } shared ? InUnit(of, shared.Low, shared.High) : Standard(of));
        var rowScale = encoding == InputEncoding.Auto && unit is null ? RowScale(InputEncoder.WidthOf(slots)) : 1;
        return new InputEncoder([.. slots, .. table.Categories.Select(_ => EncodedSlot.Category)], missing, rowScale);
    }

    /// <summary>
    /// The range that slots share which count or measure one thing, such as pixels: of at least <see cref="LeastInUnit"/> slots with more than two values, half
    /// have the lowest value of all as their lowest, and a quarter the highest as their highest. Null where slots have ranges of their own.
    /// </summary>
    internal static (float Low, float High)? CommonUnit(IEnumerable<SlotMoments> moments)
    {
        var varied = moments.Where(of => of.Distinct > 2).ToList();
        if (varied.Count < LeastInUnit)
            return null;
        var (low, high) = (varied.Min(of => of.Lowest), varied.Max(of => of.Highest));
        return varied.Count(of => of.Lowest == low) * 2 >= varied.Count && varied.Count(of => of.Highest == high) * 4 >= varied.Count ? (low, high) : null;
    }

    /// <summary>Hands out the first columns of a table, one after another, in an array that is used again.</summary>
    private static void EachColumn(TrainingTable table, int width, Action<int, float[]> take)
    {
        var rows = table.HostRows();
        var together = (int)Math.Clamp(ValuesAtOnce / table.Rows, 1, SlotsAtOnce);
        var columns = new float[Math.Min(together, width)][];
        for (var i = 0; i < columns.Length; i++)
            columns[i] = new float[table.Rows];
        for (var first = 0; first < width; first += columns.Length)
        {
            var count = Math.Min(columns.Length, width - first);
            // Row by row, so that each row's memory is read once for all of them.
            for (var row = 0; row < table.Rows; row++)
            {
                var values = rows.Row(row).Slice(first, count);
                for (var i = 0; i < count; i++)
                    columns[i][row] = values[i];
            }

            for (var i = 0; i < count; i++)
                take(first + i, columns[i]);
        }
    }

    private static EncodedSlot AsIs(SlotMoments of) => EncodedSlot.Identity with { HasIndicator = of.IsSometimesMissing, Center = (float)of.Mean };

    private static EncodedSlot Standard(SlotMoments of) => of.Distinct < 2
        ? EncodedSlot.Constant with { HasIndicator = of.IsSometimesMissing }
        : new EncodedSlot(SlotKind.Linear, of.IsSometimesMissing, (float)of.Mean, Reciprocal(of.Deviation), 0, [], []);

    private static EncodedSlot InUnit(SlotMoments of, float low, float high)
    {
        if (of.Distinct < 2)
            return EncodedSlot.Constant with { HasIndicator = of.IsSometimesMissing };
        var range = (double)high - low;
        return new EncodedSlot(SlotKind.Linear, of.IsSometimesMissing, low, Reciprocal(range), (float)((of.Mean - low) / range), [], []);
    }

    private static EncodedSlot AutoSlot(SlotMoments of, float[] column, float[]? weights)
    {
        if (of.Distinct < 2)
            return EncodedSlot.Constant with { HasIndicator = of.IsSometimesMissing };
        if (of.Distinct == 2)
            return InUnit(of, of.Lowest, of.Highest) with { Kind = SlotKind.TwoValues };
        var (knots, normals) = Ranks(column, weights);
        return new EncodedSlot(SlotKind.Numeric, of.IsSometimesMissing, (float)of.Mean, Reciprocal(of.Deviation), 0, knots, normals);
    }

    internal static float Reciprocal(double value) => (float)Math.Min(1 / value, float.MaxValue);

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
