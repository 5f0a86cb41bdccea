using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

[TestClass]
public class CorruptLabelsTests
{
    [TestMethod]
    public void Labels_change_in_an_exact_share_and_the_originals_stay_beside_them()
    {
        var context = new MLContext(seed: 1);
        var data = Blobs.Keyed(context, 200);
        var noisy = context.Data.CorruptLabels(data, LabelNoise.Symmetric(0.25));
        var (before, original, now) = (data.GetColumn<uint>("Label").ToArray(), noisy.GetColumn<uint>("OriginalLabel").ToArray(), noisy.GetColumn<uint>("Label").ToArray());
        CollectionAssert.AreEqual(before, original);
        Assert.AreEqual(50, before.Zip(now).Count(pair => pair.First != pair.Second));
        Assert.IsTrue(now.All(key => key is >= 1 and <= 3));
        // Read again, whatever was asked for, and beside other columns.
        var rows = context.Data.CreateEnumerable<Row>(context.Transforms.Conversion.MapKeyToValue("Label").Append(context.Transforms.Conversion.MapKeyToValue("OriginalLabel")).Fit(noisy).Transform(noisy), reuseRowObject: false).ToList();
        CollectionAssert.AreEqual(Blobs.Rows(200).Select(r => r.Label).ToArray(), rows.Select(r => r.OriginalLabel).ToArray());
        Assert.AreEqual(50, rows.Count(r => r.Label != r.OriginalLabel));
        CollectionAssert.AreEqual(Enumerable.Range(0, 200).ToArray(), rows.Select(r => r.Id).ToArray());
    }

    [TestMethod]
    public void The_seed_decides_and_the_contexts_is_taken_by_itself()
    {
        uint[] Draw(int? context, int? seed)
        {
            var ml = new MLContext(context);
            return [.. ml.Data.CorruptLabels(Blobs.Keyed(ml, 100), LabelNoise.PairFlip(0.4), seed: seed).GetColumn<uint>("Label")];
        }

        CollectionAssert.AreEqual(Draw(5, null), Draw(5, null));
        CollectionAssert.AreEqual(Draw(5, null), Draw(null, 5));
        CollectionAssert.AreNotEqual(Draw(5, null), Draw(6, null));
        CollectionAssert.AreNotEqual(Draw(5, null), Draw(5, 6));
    }

    [TestMethod]
    public void Keys_of_every_size_and_Booleans_are_corrupted()
    {
        var context = new MLContext(seed: 1);
        var rows = context.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(i => new Sizes { Key = (uint)(i % 3) + 1, Flag = i % 2 == 0 }));
        var conversion = context.Transforms.Conversion;
        var data = conversion.ConvertType("Byte", "Key", DataKind.Byte).Append(conversion.ConvertType("Short", "Key", DataKind.UInt16)).Append(conversion.ConvertType("Long", "Key", DataKind.UInt64)).Fit(rows).Transform(rows);
        Check<byte>("Byte");
        Check<ushort>("Short");
        Check<ulong>("Long");
        Check<bool>("Flag");

        void Check<T>(string name)
        {
            var noisy = context.Data.CorruptLabels(data, LabelNoise.PairFlip(0.5), name);
            Assert.AreEqual(30, noisy.GetColumn<T>(name).Zip(noisy.GetColumn<T>("OriginalLabel")).Count(pair => !Equals(pair.First, pair.Second)), name);
        }
    }

    [TestMethod]
    public void Missing_labels_stay_missing()
    {
        var context = new MLContext(seed: 1);
        var rows = Blobs.Rows(90);
        foreach (var row in rows.Where(r => r.Id % 10 == 0))
            row.Label = "unheard of";
        var noisy = context.Data.CorruptLabels(Blobs.Keyed(context, rows), LabelNoise.Symmetric(0.5, perClass: true));
        var (before, now) = (noisy.GetColumn<uint>("OriginalLabel").ToArray(), noisy.GetColumn<uint>("Label").ToArray());
        Assert.IsTrue(Enumerable.Range(0, 90).All(i => now[i] == 0 == (i % 10 == 0)));
        Assert.AreEqual(before.Where(k => k > 0).GroupBy(k => k).Sum(g => (int)Math.Round(0.5 * g.Count(), MidpointRounding.AwayFromZero)), before.Zip(now).Count(p => p.First != p.Second));
    }

    [TestMethod]
    public void Trainers_of_both_libraries_see_the_wrong_labels()
    {
        var context = new MLContext(seed: 1);
        var noisy = context.Data.CorruptLabels(Blobs.Keyed(context, 300), LabelNoise.Symmetric(0.2));
        using var ours = context.MulticlassClassification.Trainers.CrossEntropy(epochs: 3).Fit(noisy);
        var theirs = context.MulticlassClassification.Trainers.SdcaMaximumEntropy().Fit(noisy);
        foreach (var scored in new[] { ours.Transform(noisy), theirs.Transform(noisy) })
        {
            var metrics = context.MulticlassClassification.EvaluateCalibration(scored, trueLabelColumnName: "OriginalLabel");
            Assert.AreEqual((240L, 60L), (metrics.LabelNoise!.CleanRows, metrics.LabelNoise.CorruptedRows));
            // Blobs are easy: models see through the noise.
            Assert.IsGreaterThan(0.95, metrics.LabelNoise.CleanAccuracy);
            Assert.IsGreaterThan(0.95, metrics.LabelNoise.CorruptedAccuracy);
            Assert.IsLessThan(0.05, metrics.LabelNoise.MemorizedShare);
            Assert.AreEqual(0.8, metrics.Accuracy, 0.03);
        }
    }

    [TestMethod]
    public void Bad_input_is_refused_by_name()
    {
        var context = new MLContext(seed: 1);
        var data = Blobs.Keyed(context, 30);
        var noise = LabelNoise.Symmetric(0.2);
        Assertions.Throws<ArgumentOutOfRangeException>(() => context.Data.CorruptLabels(data, noise, "Class"), "'Class'");
        Assertions.Throws<ArgumentOutOfRangeException>(() => context.Data.CorruptLabels(data, noise, "Id"), "'Id' must be a key. Got Int32");
        Assertions.Throws<ArgumentException>(() => context.Data.CorruptLabels(data, noise, originalLabelColumnName: "Id"), "originalLabelColumnName", "'Id'");
        Assertions.Throws<ArgumentException>(() => context.Data.CorruptLabels(data, LabelNoise.Transition(new[,] { { 1.0, 0 }, { 0, 1 } })), "3 classes. Got 2");
        Assertions.Throws<InvalidOperationException>(() => context.Data.CorruptLabels(Blobs.Keyed(context, Blobs.Rows(3).Select(r => new BlobRow { Label = "none", Features = r.Features })), noise), "Got none in 3 rows");
    }

    [TestMethod]
    public void Data_that_change_are_an_error_when_they_are_read()
    {
        var context = new MLContext(seed: 1);
        var rows = Blobs.Rows(60).ToList();
        var noisy = context.Data.CorruptLabels(Blobs.Keyed(context, rows), LabelNoise.Symmetric(0.5));
        rows.Reverse();
        Assertions.Throws<InvalidOperationException>(() => noisy.GetColumn<uint>("Label").ToList(), "same rows in the same order");
        rows.Reverse();
        rows.RemoveAt(59);
        Assertions.Throws<InvalidOperationException>(() => noisy.GetColumn<uint>("Label").ToList(), "59 rows in place of 60");
    }

    private sealed class Row
    {
        public int Id { get; set; }

        public string Label { get; set; } = "";

        public string OriginalLabel { get; set; } = "";
    }

    private sealed class Sizes
    {
        [KeyType(4)]
        public uint Key { get; set; }

        public bool Flag { get; set; }
    }
}
