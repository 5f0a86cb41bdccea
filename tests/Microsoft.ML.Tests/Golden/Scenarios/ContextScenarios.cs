using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Tests.Golden.Scenarios;

internal static class ContextScenarios
{
    [Scenario("context/defaults")]
    public static void Defaults(Facts facts)
    {
        var ml = new MLContext(5);
        facts["GpuDeviceId"] = ml.GpuDeviceId;
        facts["FallbackToCpu"] = ml.FallbackToCpu;
        ml.GpuDeviceId = 3;
        facts["setGpuDeviceId"] = ml.GpuDeviceId;
        ml.FallbackToCpu = false;
        facts["setFallbackToCpu"] = ml.FallbackToCpu;
        facts["hasSeedProperty"] = typeof(MLContext).GetProperty("Seed") is not null;
    }

    [Scenario("context/log-shape")]
    public static void LogShape(Facts facts)
    {
        var ml = new MLContext(1);
        LoggingEventArgs? seen = null;
        object? sender = null;
        ml.Log += (from, log) => (sender, seen) = log.Kind == ChannelMessageKind.Warning ? (from, log) : (sender, seen);
        using (IChannel channel = ((IChannelProvider)ml).Start("Test"))
            channel.Warning(MessageSensitivity.None, "careful");

        facts["messageEquals"] = seen!.Message == $"[Source={seen.Source}, Kind={seen.Kind}] {seen.RawMessage}";
        facts["senderIsContext"] = ReferenceEquals(sender, ml);
        facts["ctor3"] = Parts(new LoggingEventArgs("m", ChannelMessageKind.Warning, "src"));
        facts["ctor1"] = Parts(new LoggingEventArgs("m"));
    }

    [Scenario("context/seed-reproducible")]
    public static void Seeds(Facts facts)
    {
        float[] Scores(int seed)
        {
            var ml = new MLContext(seed);
            IDataView data = ColorModel.View(ml);
            IDataView scored = ColorModel.Trainer(ml).Fit(data).Transform(data);
            return [.. scored.GetColumn<float[]>("Score").SelectMany(row => row)];
        }

        facts["sameSeedSameScores"] = Scores(7).SequenceEqual(Scores(7));
        facts["otherSeedOtherScores"] = !Scores(7).SequenceEqual(Scores(8));

        var seeded = new MLContext(7);
        var unseeded = new MLContext();
        facts["splitSameSeedTwoContexts"] = TestRows(seeded).SequenceEqual(TestRows(new MLContext(7)));
        facts["splitNoSeedTwoContextsEqual"] = TestRows(unseeded).SequenceEqual(TestRows(new MLContext()));
        facts["splitTwiceInOneSeededContextEqual"] = TestRows(seeded).SequenceEqual(TestRows(seeded));
        facts["splitTwiceInOneUnseededContextEqual"] = TestRows(unseeded).SequenceEqual(TestRows(unseeded));
    }

    private static List<int> TestRows(MLContext ml) =>
        [.. ml.Data.TrainTestSplit(ml.Data.LoadFromEnumerable(NumberedRow.Rows(100)), 0.3).TestSet.GetColumn<int>("Id")];

    private static Dictionary<string, object?> Parts(LoggingEventArgs log) => new()
    {
        ["Message"] = log.Message,
        ["RawMessage"] = log.RawMessage,
        ["Kind"] = log.Kind.ToString(),
        ["Source"] = log.Source,
    };
}
