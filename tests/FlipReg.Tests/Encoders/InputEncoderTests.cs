using FlipReg.Encoders;

namespace FlipReg.Tests.Encoders;

/// <summary>What becomes of slots: against their definition, on slots of every kind that a table may hold.</summary>
[TestClass]
public sealed class InputEncoderTests
{
    private const int Rows = 400;

    [TestMethod]
    public void A_numeric_slot_becomes_its_score_drawn_in_and_its_rank()
    {
        var values = Values(i => Math.Exp(i * 0.013));
        var encoder = Fit([values], scale: false);
        Assert.AreEqual("Input 1 → 2 (1 as score and rank)", encoder.Describe());
        var (mean, deviation) = (values.Average(v => (double)v), Math.Sqrt(values.Average(v => Math.Pow(v - values.Average(w => (double)w), 2))));
        for (var i = 0; i < Rows; i += 7)
        {
            var row = Encode(encoder, values[i]);
            var z = (values[i] - mean) / deviation;
            Assert.AreEqual(z / Math.Sqrt(1 + (z * z / 9)), row[0], 1e-4);
            // Rank (i + ½) / rows; Φ of the column gives it back.
            var rank = Math.Clamp((i + 0.5) / Rows, 0.001, 0.999);
            Assert.AreEqual(rank, Normal(row[1]), 1e-4);
        }

        CollectionAssert.AreEqual(Encode(encoder, values[0])[1..], Encode(encoder, -1e30f)[1..], "below the lowest: as the lowest");
        CollectionAssert.AreEqual(Encode(encoder, values[^1])[1..], Encode(encoder, float.MaxValue)[1..]);
        Assert.AreEqual(3, Encode(encoder, float.MaxValue)[0], 1e-5);
    }

    [TestMethod]
    [DataRow(InputEncoding.Auto, MissingValues.Encode)]
    [DataRow(InputEncoding.Standard, MissingValues.Error)]
    [DataRow(InputEncoding.None, MissingValues.Encode)]
    [DataRow(InputEncoding.None, MissingValues.Error)]
    public void Categories_stay_as_they_are_behind_all_other_columns(InputEncoding encoding, MissingValues missing)
    {
        const int Numbers = 20, Categories = 3;
        var random = new Random(1);
        float[] Row() => [.. Enumerable.Range(0, Numbers).Select(i => missing == MissingValues.Encode && i == 3 && random.Next(3) == 0 ? float.NaN : random.NextSingle() * (i + 1)), 1, random.Next(4), 16_777_215];
        var rows = Enumerable.Range(0, Rows).Select(_ => Row()).ToArray();
        using var table = TestData.Table([.. rows.SelectMany(row => row)], new long[Rows], null, Numbers + Categories, [5, 3, 16_777_215]);
        using var numbers = TestData.Table([.. rows.SelectMany(row => row[..Numbers])], new long[Rows], null, Numbers);
        var (encoder, alone) = (EncoderFit.Of(table, null, encoding, missing), EncoderFit.Of(numbers, null, encoding, missing));
        Assert.AreEqual(alone.Width + Categories, encoder.Width);
        CollectionAssert.AreEqual(new[] { Numbers, Numbers + 1, Numbers + 2 }, encoder.CategorySlots.ToArray());
        CollectionAssert.AreEqual(encoder.SlotsOfColumns()[^Categories..], encoder.CategorySlots.ToArray());
        Assert.AreEqual(encoding == InputEncoding.None && missing == MissingValues.Error, encoder.IsIdentity);
        var stored = EncoderTensors.Of(encoder).ToEncoder(encoder.Missing, encoder.RowScale);
        foreach (var row in rows.Take(50))
        {
            CollectionAssert.AreEqual(Encode(alone, row[..Numbers]).Concat(row[Numbers..]).ToArray(), Encode(encoder, row));
            CollectionAssert.AreEqual(Encode(encoder, row), Encode(stored, row));
        }

        Assert.IsTrue(encoder.CenterRow()[^Categories..].All(value => value == 0));
    }

    [TestMethod]
    public void Ties_get_one_rank_and_weights_count()
    {
        var values = Values(i => i < 300 ? 1 : i < 350 ? 2 : 3);
        Assert.AreEqual(0.375, Normal(Encode(Fit([values], scale: false), 1)[1]), 1e-5);
        var weights = Values(i => i < 300 ? 1 : 5);
        var weighted = Fit([values], weights, scale: false);
        Assert.AreEqual(150.0 / 800, Normal(Encode(weighted, 1)[1]), 1e-5);
        Assert.AreEqual((300 + (50 * 10) + (50 * 15)) / 800.0, weighted.Slots[0].Shift, 1e-5);
        // Rows of weight 0 do not count, whatever they hold.
        var ignored = Values(i => i < 300 ? 1e30 : i);
        var few = Fit([ignored], Values(i => i < 300 ? 0 : 2), scale: false);
        Assert.AreEqual(349.5, few.Slots[0].Shift, 1e-3);
        Assert.AreEqual(Fit([[.. ignored.Skip(300)]], scale: false).Slots[0].Knots.Length, few.Slots[0].Knots.Length);
    }

    [TestMethod]
    public void Slots_of_every_kind()
    {
        float[][] columns =
        [
            Values(_ => 5), Values(i => i % 2 == 0 ? -2 : 6), Values(i => i), Values(_ => float.NaN), Values(i => i % 10),
            Values(i => i % 3 == 0 ? float.NaN : i), Values(i => i % 4 == 0 ? float.NaN : 7), Values(i => 1e30 * (i + 1)), Values(i => 1e-44 * (i % 50)),
            Values(i => 1 + (i % 2 * 6e-8)), Values(i => i % 2 == 0 ? float.MaxValue : -float.MaxValue), Values(i => i % 5 == 0 ? float.MaxValue : i),
        ];
        var encoder = Fit(columns, scale: false);
        Assert.AreEqual("Constant, TwoValues, Numeric, Constant, Numeric, Numeric, Constant, Numeric, Numeric, Constant, TwoValues, Numeric", string.Join(", ", encoder.Slots.Select(s => s.Kind)));
        CollectionAssert.AreEqual(new[] { 5, 6 }, encoder.Slots.Select((s, i) => (s, i)).Where(p => p.s.HasIndicator).Select(p => p.i).ToArray());
        for (var i = 0; i < Rows; i++)
        {
            var row = Encode(encoder, [.. columns.Select(c => c[i])]);
            Assert.IsTrue(row.All(float.IsFinite), string.Join(" ", row));
            Assert.IsTrue(row.All(v => Math.Abs(v) <= 3.1));
        }

        var first = Encode(encoder, [.. columns.Select(c => c[0])]);
        Assert.AreEqual((1f, 1f), (first[^2], first[^1]), "both slots with missing values have one in row 0");
        Assert.AreEqual(encoder.Width, encoder.SlotsOfColumns().Length);
        Assert.AreEqual(encoder.Width, first.Length);
        Assert.AreEqual(0.5, encoder.CenterRow()[12], 1e-6, "half of the rows have the higher value");
    }

    [TestMethod]
    public void Missing_only_when_scoring_is_the_centre_and_infinity_is_not_a_number()
    {
        var encoder = Fit([Values(i => i), Values(i => i % 2)], scale: false);
        CollectionAssert.AreEqual(encoder.CenterRow(), Encode(encoder, float.NaN, float.NaN));
        Assert.IsTrue(Encode(encoder, float.PositiveInfinity, 0).All(float.IsNaN));
        var strict = Fit([Values(i => i), Values(i => i % 2)], missing: MissingValues.Error);
        Assert.IsTrue(Encode(strict, float.NaN, 1).All(float.IsNaN));
        Assert.IsTrue(Encode(strict, 3, 1).All(float.IsFinite));
    }

    [TestMethod]
    public void Nothing_to_tell_gives_one_column_of_zero()
    {
        var encoder = Fit([Values(_ => 5), Values(_ => float.NaN)]);
        Assert.AreEqual(1, encoder.Width);
        CollectionAssert.AreEqual(new float[] { 0 }, Encode(encoder, 9, 2));
        CollectionAssert.AreEqual(new[] { -1 }, encoder.SlotsOfColumns());
    }

    [TestMethod]
    public void Other_encodings()
    {
        float[][] columns = [Values(i => i), Values(_ => 5), Values(i => i % 4 == 0 ? float.NaN : i % 2)];
        var standard = Fit(columns, encoding: InputEncoding.Standard);
        var row = Encode(standard, 0, 5, float.NaN);
        Assert.AreEqual(-Math.Sqrt(3), row[0], 0.01);
        Assert.AreEqual((0f, 1f), (row[1], row[2]));
        var none = Fit(columns, encoding: InputEncoding.None);
        Assert.IsFalse(none.IsIdentity);
        row = Encode(none, 3, 5, float.NaN);
        Assert.AreEqual((3f, 5f, 2f / 3, 1f), (row[0], row[1], row[2], row[3]));
        Assert.IsTrue(Fit(columns, encoding: InputEncoding.None, missing: MissingValues.Error).IsIdentity);
    }

    [TestMethod]
    public void Pixels_keep_their_common_range_and_wide_rows_are_scaled_down()
    {
        var random = new Random(1);
        float[][] pixels = [.. Enumerable.Range(0, 40).Select(slot => Values(_ => slot == 7 ? 0 : random.Next(0, 17)))];
        var encoder = Fit(pixels);
        Assert.AreEqual(39, encoder.Width);
        CollectionAssert.AreEqual(Enumerable.Repeat(0.25f, 39).ToArray(), Encode(encoder, [.. Enumerable.Repeat(4f, 40)]));
        float[][] own = [.. Enumerable.Range(0, 40).Select(slot => Values(_ => random.NextDouble() * slot))];
        encoder = Fit(own);
        Assert.AreEqual(78, encoder.Width);
        Assert.AreEqual(EncoderFit.UsualLength, Enumerable.Range(0, Rows).Average(i => Encode(encoder, [.. own.Select(c => c[i])]).Sum(v => v * v)), 2);
    }

    [TestMethod]
    public void Many_values_and_many_rows_have_at_most_a_thousand_knots()
    {
        var many = Enumerable.Range(0, 450_000).Select(i => (float)Math.Sqrt(i)).ToArray();
        var encoder = Fit([many], scale: false);
        Assert.IsInRange(900, EncoderFit.MaximumKnots, encoder.Slots[0].Knots.Length);
        foreach (var share in new[] { 0.01, 0.2, 0.5, 0.9 })
            Assert.AreEqual(share, Normal(Encode(encoder, (float)Math.Sqrt(share * many.Length))[1]), 0.002);
        // A tenth of the values is as frequent as all others together.
        var skewed = Enumerable.Range(0, 20_000).Select(i => i % 2 == 0 ? 0f : i).ToArray();
        Assert.IsInRange(400, EncoderFit.MaximumKnots, Fit([skewed]).Slots[0].Knots.Length);
    }

    [TestMethod]
    public void Tensors_give_the_encoder_back()
    {
        var encoder = Fit([Values(i => i % 7 == 0 ? float.NaN : i * i), Values(i => i % 2), Values(_ => 1)]);
        var tensors = EncoderTensors.Of(encoder);
        var again = tensors.ToEncoder(encoder.Missing, encoder.RowScale);
        foreach (var value in new[] { -1f, 0, 17.5f, 1e9f, float.NaN })
            CollectionAssert.AreEqual(Encode(encoder, value, 1, 2), Encode(again, value, 1, 2));
        foreach (var (index, wrong) in new[] { (0, 4f), (0, 0.5f), (3, 2f), (9, 0f), (9, -1f), (15, 1e6f), (15, 0f), (15, 2.5f), (16, 3f) })
        {
            var forged = tensors with { Slots = [.. tensors.Slots] };
            forged.Slots[index] = wrong;
            StringAssert.Contains(Assert.ThrowsExactly<FormatException>(() => forged.ToEncoder(encoder.Missing, 1)).Message, "The file is altered.");
        }

        var descending = tensors with { Knots = [.. tensors.Knots.Reverse()] };
        Assert.ThrowsExactly<FormatException>(() => descending.ToEncoder(encoder.Missing, 1));
    }

    private static float[] Values(Func<int, double> value) => [.. Enumerable.Range(0, Rows).Select(i => (float)value(i))];

    private static InputEncoder Fit(float[][] columns, float[]? weights = null, InputEncoding encoding = InputEncoding.Auto, MissingValues missing = MissingValues.Encode, bool scale = true)
    {
        var rows = columns[0].Length;
        var features = new float[rows * columns.Length];
        for (var i = 0; i < features.Length; i++)
            features[i] = columns[i % columns.Length][i / columns.Length];
        using var table = TestData.Table(features, new long[rows], null, columns.Length);
        var encoder = EncoderFit.Of(table, weights, encoding, missing);
        return scale ? encoder : new InputEncoder(encoder.Slots, missing);
    }

    private static float[] Encode(InputEncoder encoder, params float[] raw)
    {
        var row = new float[encoder.Width];
        encoder.Encode(raw, row);
        return row;
    }

    /// <summary>Φ by its series: independent of the inverse that the encoder uses.</summary>
    private static double Normal(double z)
    {
        double term = z, sum = z;
        for (var k = 1; k < 200; k++)
            sum += term *= z * z / ((2 * k) + 1);
        return 0.5 + (sum * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI));
    }
}
