// A worker process for the tests that kill, freeze and cut off workers. Its objective takes a while, reports at every step, and notes in a file what it did.
//   worker <sqlite path | postgres:connection string> <study> <trials> <steps> <milliseconds a step> <folder> <lease in ms> <heartbeat in ms>
//   slots  <slot>...   starts itself once for each slot and prints what each saw
using System.Globalization;
using FlipReg.Sweeps;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args[0] == "slots")
{
    if (SweepSlots.Current is { } slot)
    {
        Console.WriteLine($"slot {slot} sees {Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES")}");
        return 0;
    }

    return SweepSlots.Run(args[1..], args).Max();
}

const string Postgres = "postgres:";
var (address, study, trials, steps, pause, folder) = (args[1], args[2], int.Parse(args[3]), int.Parse(args[4]), int.Parse(args[5]), args[6]);
using var store = address.StartsWith(Postgres, StringComparison.Ordinal) ? SweepStore.PostgreSql(address[Postgres.Length..]) : SweepStore.Sqlite(address);
Console.WriteLine("ready");
var space = SweepSpace.Empty.Add(SweepParameter.Double("x", 0, 1)).Add(SweepParameter.Integer("n", 1, 9));
var outcome = SweepStudy.Run(space, Objective, higherIsBetter: true, new SweepOptions
{
    Store = store,
    Name = study,
    Trials = trials,
    Sampler = Sampler.Tpe(seed: 5),
    Pruner = Pruner.None,
    Folder = folder,
    Attempts = 1000,
    Lease = TimeSpan.FromMilliseconds(int.Parse(args[7])),
    HeartbeatInterval = TimeSpan.FromMilliseconds(int.Parse(args[8])),
    ReportInterval = TimeSpan.FromMilliseconds(50),
});
Console.WriteLine($"done {outcome.Trials.Count} {outcome.StopReason}");
return 0;

double Objective(SweepTrial trial)
{
    // The checkpoint: the step that was reached. Written aside and renamed, as a checkpoint is.
    var checkpoint = trial.FilePath("step");
    var start = File.Exists(checkpoint) ? int.Parse(File.ReadAllText(checkpoint)) : 0;
    for (var step = start + 1; step <= steps; step++)
    {
        Thread.Sleep(pause);
        trial.Report(step, trial.Point.GetDouble("x") * step);
        // Not past reports that nobody has.
        if (!trial.Flush())
            continue;
        File.WriteAllText($"{checkpoint}.{Environment.ProcessId}", $"{step}");
        File.Move($"{checkpoint}.{Environment.ProcessId}", checkpoint, overwrite: true);
    }

    Console.WriteLine($"finished {trial.Number} {trial.Attempt}");
    return trial.Point.GetDouble("x") + trial.Point.GetInt32("n");
}
