using FlipReg;
using Microsoft.ML;

namespace Soak;

/// <summary>Fits in a row in one process, the methods in turn, each model scored and disposed.</summary>
internal static class FitRun
{
    /// <summary>Fits before the first look at memory: by then everything is loaded and compiled, and pools are filled.</summary>
    public const int WarmUp = 20;

    /// <summary>Resident memory may grow by this much after the warm-up.</summary>
    public const long MaximumGrowthKilobytes = 32 << 10;

    public static void Run(int fits)
    {
        var ml = new MLContext(1);
        var data = Rows.Keyed(ml, 600);
        var trainers = ml.MulticlassClassification.Trainers;
        IEstimator<FlipRegPredictionTransformer>[] methods =
        [
            trainers.Fer(new FerOptions { Epochs = 8, Network = NetworkSpec.Mlp([64, 64], batchNorm: true, dropout: 0.1) }, data),
            trainers.FerElr(new FerElrOptions { Epochs = 8 }),
            trainers.Ols(new OlsOptions { Epochs = 8 }, data),
            trainers.CrossEntropy(new CrossEntropyOptions { Epochs = 8, Optimizer = OptimizerKind.AdamW }),
        ];
        long start = 0;
        for (var fit = 1; fit <= fits + WarmUp; fit++)
        {
            using (var model = methods[fit % methods.Length].Fit(data))
                ml.MulticlassClassification.Evaluate(model.Transform(data));
            if (fit == WarmUp)
                start = Memory.Kilobytes(Environment.ProcessId);
        }

        Console.WriteLine($"fits={fits} start={start} end={Memory.Kilobytes(Environment.ProcessId)}");
    }
}
