// Which method, rate, width and batch norm for handwritten digits of which 30 % have a wrong label? 40 trials of TPE, hopeless ones stopped by ASHA, two at a time,
// the study in a SQLite file: stop the program at any moment, by Ctrl-C or by kill -9, start it again, and it goes on. The validation labels are as wrong as the training labels;
// the test rows, whose labels are right, are looked at once, at the end.
//   dotnet run -c Release -- [folder for the study, default ./sweep] [trials, default 40]
using System.Diagnostics;
using System.Globalization;
using FlipReg.Sweeps;
using Microsoft.ML;
using NoisyDigits;

const double NoiseRate = 0.3;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var folder = Directory.CreateDirectory(args.Length > 0 ? args[0] : "sweep").FullName;
var trials = args.Length > 1 ? int.Parse(args[1]) : 40;

var ml = new MLContext(seed: 1);
var digits = ml.Data.LoadFromTextFile<Digit>(Path.Combine(AppContext.BaseDirectory, "digits.csv"), separatorChar: ',', hasHeader: true);
var split = ml.Data.TrainTestSplit(digits, testFraction: 0.2, seed: 1);
var clean = ml.Data.CreateEnumerable<Digit>(split.TrainSet, reuseRowObject: false).ToList();

var space = SweepSpace.Of<MethodSweep>()
    .Fix("Epochs", 40).Fix("Depth", 2).Fix("Dropout", 0).Fix("WeightDecayScale", 1).Fix("BatchSize", 0);

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
using var store = SweepStore.Sqlite(Path.Combine(folder, "study.db"));
var clock = Stopwatch.StartNew();
using var result = ml.MulticlassClassification.Sweep(
    (context, trial) => Pipeline(context, trial.Point.To<MethodSweep>()), space, SweepData.Split(Noisy(seed: 1), validationFraction: 0.2), SweepMetric.MicroAccuracy,
    new PipelineSweepOptions
    {
        Name = "digits, 30 % wrong",
        Store = store,
        Folder = folder,
        Trials = trials,
        Workers = 2,
        Sampler = Sampler.Tpe(seed: 1),
        Pruner = Pruner.Asha(minimumSteps: 10, reductionFactor: 2),
        // Short, so that the trials of a killed start are taken up soon by the next.
        Lease = TimeSpan.FromSeconds(6),
        HeartbeatInterval = TimeSpan.FromSeconds(2),
        CancellationToken = stop.Token,
        Progress = trial => Console.WriteLine($"trial {trial.Number,2} {trial.State,-9} {trial.Value ?? trial.Reports.Values.LastOrDefault(),6:F4} after {trial.Reports.Count,2} epochs: {trial.Point}"),
    });

if (result.Outcome.StopReason is { } reason)
{
    Console.WriteLine($"{reason} Start it again to go on.");
    return 1;
}

Console.WriteLine($"\nThis start took {clock.Elapsed.TotalSeconds:F0} s. The five best of {result.Outcome.Trials.Count} trials (accuracy on validation rows, 30 % of their labels wrong):");
foreach (var trial in result.Outcome.Ranking.Take(5))
    Console.WriteLine($"  {trial.Value:F4}  trial {trial.Number,2}: {trial.Point}");
var ran = result.Outcome.Trials.Sum(trial => trial.Reports.Count);
var whole = result.Outcome.Trials.Sum(trial => trial.Point.GetInt32("Epochs"));
var pruned = result.Outcome.Trials.Count(trial => trial.State == TrialState.Pruned);
Console.WriteLine($"{pruned} trials were stopped early: {ran:N0} epochs were trained of {whole:N0}, {1 - ((double)ran / whole):P0} saved.");

Console.WriteLine("\nAccuracy on test rows (labels right), trained on all training rows, other wrong labels for each of three seeds:");
foreach (var (name, sweep) in new (string, MethodSweep)[]
{
    ("Fer, defaults", new()),
    ("FerElr, defaults", new() { Method = SweptMethod.FerElr }),
    ("best of the sweep", result.Best.Point.To<MethodSweep>()),
})
{
    double[] accuracies = [.. new[] { 1, 2, 3 }.Select(seed => TestAccuracy(sweep, seed))];
    Console.WriteLine($"  {name,-20} {accuracies.Average():F3}  ({string.Join(", ", accuracies.Select(a => a.ToString("F3")))})");
}

return 0;

IDataView Noisy(int seed) => ml.Data.LoadFromEnumerable(WrongLabels.Symmetric(clean, NoiseRate, seed));

double TestAccuracy(MethodSweep sweep, int seed)
{
    var context = new MLContext(seed);
    var model = Pipeline(context, sweep).Fit(Noisy(seed));
    using var _ = (IDisposable)model;
    return context.MulticlassClassification.Evaluate(model.Transform(split.TestSet)).MicroAccuracy;
}

static IEstimator<ITransformer> Pipeline(MLContext context, MethodSweep sweep) =>
    context.Transforms.Conversion.MapValueToKey("Label", nameof(Digit.Class))
        .Append(context.Transforms.CopyColumns("Features", nameof(Digit.Pixels)))
        .Append(sweep.ToTrainer(context.MulticlassClassification.Trainers));
