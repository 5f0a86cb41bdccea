using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FlipReg.Bench;

/// <summary>Wide sparse features, bags of words and hashed categories: time and memory of a fit and of scoring against ML.NET's SDCA.</summary>
internal static class SparseBench
{
    public static void Run(int runs)
    {
        var ml = new MLContext(1);
        var texts = ml.Data.LoadFromEnumerable(Texts(2_000));
        Compare(ml, "Bags of words and pairs of words", ml.Transforms.Text.ProduceWordBags("Features", "Text"), texts, runs);
        var orders = ml.Data.LoadFromEnumerable(Orders(10_000));
        Compare(ml, "Hashed categories and three numbers", ml.Transforms.Categorical.OneHotHashEncoding("Item", numberOfBits: 16).Append(ml.Transforms.Concatenate("Features", "Item", "Numbers")), orders, runs);
    }

    private static void Compare(MLContext ml, string name, IEstimator<ITransformer> transforms, IDataView source, int runs)
    {
        var labelled = ml.Transforms.Conversion.MapValueToKey("Label").Fit(source).Transform(source);
        var data = ml.Data.Cache(transforms.Fit(labelled).Transform(labelled), "Label", "Features");
        var (rows, width, values) = Size(data);
        var trainers = ml.MulticlassClassification.Trainers;
        List<double> sdca = [], ours = [], fits = [], sdcaScores = [], scores = [];
        var (memory, accuracy, sdcaAccuracy) = (0L, 0.0, 0.0);
        for (var run = -1; run < runs; run++)
        {
            var (a, linear) = Timed(() => (ITransformer)trainers.SdcaMaximumEntropy().Fit(data));
            GC.Collect();
            var before = Environment.WorkingSet;
            var (b, network) = Timed(() => trainers.CrossEntropy().Fit(data));
            memory = Environment.WorkingSet - before;
            var (c, _) = Timed(() => Read(linear.Transform(data)));
            var (d, _) = Timed(() => Read(network.Transform(data)));
            (sdcaAccuracy, accuracy) = (Accuracy(ml, linear, data), Accuracy(ml, network, data));
            network.Dispose();
            if (run < 0)
                continue;
            sdca.Add(a);
            ours.Add(b);
            fits.Add(b / a);
            sdcaScores.Add(c);
            scores.Add(d);
        }

        Console.WriteLine(FormattableString.Invariant($"{name}: {rows:N0} rows, {width:N0} slots, {values / (double)rows:F1} values a row; median of {runs} alternating runs"));
        Console.WriteLine(FormattableString.Invariant($"  fit: CrossEntropy {TrainingBench.Median(ours):F2} s, SDCA {TrainingBench.Median(sdca):F2} s; ratio {TrainingBench.Median(fits):F2} ({fits.Min():F2} to {fits.Max():F2}); working set grew by {memory >> 20} MiB; accuracy on its own rows {accuracy:F3} and {sdcaAccuracy:F3}"));
        Console.WriteLine(FormattableString.Invariant($"  scores: CrossEntropy {TrainingBench.Median(scores):F2} s, SDCA {TrainingBench.Median(sdcaScores):F2} s"));
    }

    private static double Accuracy(MLContext ml, ITransformer model, IDataView data) => ml.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy;

    private static (double Seconds, T Result) Timed<T>(Func<T> function)
    {
        var start = Stopwatch.GetTimestamp();
        var result = function();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, result);
    }

    private static long Read(IDataView data)
    {
        long count = 0;
        using var cursor = data.GetRowCursor([data.Schema["Score"]]);
        var getter = cursor.GetGetter<VBuffer<float>>(data.Schema["Score"]);
        VBuffer<float> value = default;
        while (cursor.MoveNext())
        {
            getter(ref value);
            count += value.Length;
        }

        return count;
    }

    /// <summary>Also fills the cache.</summary>
    private static (long Rows, int Width, long Values) Size(IDataView data)
    {
        var (rows, width, values) = (0L, 0, 0L);
        using var cursor = data.GetRowCursor([data.Schema["Features"], data.Schema["Label"]]);
        var getter = cursor.GetGetter<VBuffer<float>>(data.Schema["Features"]);
        VBuffer<float> value = default;
        for (; cursor.MoveNext(); rows++)
        {
            getter(ref value);
            (width, values) = (value.Length, values + value.GetValues().Length);
        }

        return (rows, width, values);
    }

    /// <summary>Texts of four classes: words by Zipf's law, a third of them of the class's own.</summary>
    private static IEnumerable<TextRow> Texts(int rows)
    {
        var random = new Random(1);
        for (var row = 0; row < rows; row++)
        {
            var (label, text) = (row % 4, new StringBuilder());
            for (var word = random.Next(20, 60); word > 0; word--)
            {
                var rank = (int)Math.Pow(3_000, random.NextDouble());
                text.Append(CultureInfo.InvariantCulture, $"{(random.Next(3) == 0 ? "own" + label : "word")}{rank} ");
            }

            yield return new TextRow { Label = $"class {label}", Text = text.ToString() };
        }
    }

    /// <summary>Orders of four classes: an item out of 20,000, whose class it mostly is, and three numbers.</summary>
    private static IEnumerable<Order> Orders(int rows)
    {
        var random = new Random(1);
        for (var row = 0; row < rows; row++)
        {
            var item = (int)Math.Pow(20_000, random.NextDouble());
            var label = random.Next(10) == 0 ? random.Next(4) : item % 4;
            yield return new Order { Label = $"class {label}", Item = $"item {item}", Numbers = [label + random.NextSingle(), random.NextSingle(), random.NextSingle()] };
        }
    }

    private sealed class TextRow
    {
        public string Label { get; set; } = "";

        public string Text { get; set; } = "";
    }

    private sealed class Order
    {
        public string Label { get; set; } = "";

        public string Item { get; set; } = "";

        [VectorType(3)]
        public float[] Numbers { get; set; } = [];
    }
}
