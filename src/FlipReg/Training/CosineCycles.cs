namespace FlipReg.Training;

/// <summary>The cycles of <see cref="ScheduleKind.CyclicCosine"/>: as equal in length as whole epochs allow, after the warm-up.</summary>
internal static class CosineCycles
{
    /// <summary>Cycles where the options do not say.</summary>
    public const int Usual = 4;

    /// <summary>Whether a cycle ends with an epoch (from 1).</summary>
    public static bool Ends(TrainingOptions options, int epoch) => epoch > options.WarmupEpochs && Cycle(options, epoch).End == epoch;

    /// <summary>Factor on the initial learning rate after some finished epochs, once the warm-up is over.</summary>
    public static double Factor(TrainingOptions options, int finished)
    {
        var (start, end) = Cycle(options, finished + 1);
        return (1 + Math.Cos(Math.PI * (finished - start) / (end - start))) / 2;
    }

    /// <summary>Epochs finished before the cycle of an epoch (from 1) and at its end.</summary>
    private static (int Start, int End) Cycle(TrainingOptions options, int epoch)
    {
        var (start, cycle) = (options.WarmupEpochs, 1);
        while (End(cycle) < epoch)
            start = End(cycle++);
        return (start, End(cycle));

        int End(int number) => options.WarmupEpochs + (int)((long)(options.Epochs - options.WarmupEpochs) * number / options.Cycles!.Value);
    }
}
