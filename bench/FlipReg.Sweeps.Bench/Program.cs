// What a trial costs beside its own work, how many are claimed a second, what 10,000 trials take, and Optuna on the same objective.
//   dotnet run -c Release --project bench/FlipReg.Sweeps.Bench -- [--quick] [--postgres <Npgsql's connection string> [--postgres-url <SQLAlchemy's URL of the same>]] [overhead] [claims] [many]
using System.Diagnostics;
using System.Globalization;
using FlipReg.Sweeps;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var quick = args.Contains("--quick");
var (postgres, url) = (After("--postgres"), After("--postgres-url"));
var parts = args.Where(a => a is "overhead" or "claims" or "many").ToList();
var folder = Directory.CreateTempSubdirectory("sweep-bench").FullName;
var space = SweepSpace.Empty
    .Add(SweepParameter.Double("x", 0, 1)).Add(SweepParameter.Double("y", 1e-4, 1, log: true)).Add(SweepParameter.Integer("n", 1, 9)).Add(SweepParameter.Choice("kind", "a", "b", "c"));
try
{
    Console.WriteLine($".NET {Environment.Version}, {Environment.ProcessorCount} processors");
    if (parts.Count == 0 || parts.Contains("overhead"))
        Overhead(quick ? 60 : 300);
    if (parts.Count == 0 || parts.Contains("claims"))
        Claims(quick ? 100 : 400);
    if (parts.Count == 0 || parts.Contains("many"))
        Many(quick ? 1_000 : 10_000);
}
finally
{
    Directory.Delete(folder, recursive: true);
}

// One worker, TPE, ten reports a trial, no work of its own: the time is all overhead.
void Overhead(int trials)
{
    Console.WriteLine($"\nOverhead: {trials} trials of TPE, 10 reports each, one worker");
    Console.WriteLine($"{"",-12}{"ms a trial",14}{"trials/s",14}{"Optuna, trials/s",20}");
    foreach (var kind in Stores())
    {
        Run(kind, 20, 1, Sampler.Tpe(1), 10);
        var seconds = Run(kind, trials, 1, Sampler.Tpe(1), 10);
        var optuna = kind == "SQLite" ? Optuna($"sqlite:///{Path.Combine(folder, "optuna.db")}", trials) : url is null ? null : Optuna(url, trials);
        Console.WriteLine($"{kind,-12}{1000 * seconds / trials,14:F2}{trials / seconds,14:F0}{(optuna is { } o ? $"{trials / o:F1}" : "not measured"),20}");
    }
}

// Trials without work and reports, drawn at random, by several workers.
void Claims(int trials)
{
    Console.WriteLine("\nClaims: trials a second, drawn at random, told at once, without reports");
    Console.WriteLine($"{"workers",-12}{"1",10}{"4",10}{"16",10}");
    foreach (var kind in Stores())
        Console.WriteLine($"{kind,-12}{string.Concat(new[] { 1, 4, 16 }.Select(workers => $"{trials / Run(kind, trials, workers, Sampler.Random(1), 0),10:F0}"))}");
}

// A study that grows to many trials, and what a trial of TPE costs then.
void Many(int trials)
{
    Console.WriteLine($"\n{trials:N0} trials drawn at random, one report each, one worker; then 50 of TPE in the same study");
    foreach (var kind in Stores())
    {
        var name = $"many {Guid.NewGuid():N}";
        var seconds = Run(kind, trials, 1, Sampler.Random(1), 1, name);
        // The first 5 read the history.
        Run(kind, trials + 5, 1, Sampler.Tpe(1), 1, name);
        var marks = new List<double>();
        var clock = Stopwatch.StartNew();
        Run(kind, trials + 55, 1, Sampler.Tpe(1), 1, name, () => marks.Add(clock.Elapsed.TotalMilliseconds));
        Console.WriteLine($"{kind,-12}{seconds,8:F1} s; then {(marks[^1] - marks[5]) / (marks.Count - 6),6:F1} ms a trial{(kind == "SQLite" ? $"; file {new FileInfo(Path.Combine(folder, "study.db")).Length / 1048576.0:F1} MiB" : "")}");
    }
}

double Run(string kind, int trials, int workers, Sampler sampler, int reports, string? study = null, Action? each = null)
{
    using var store = kind == "SQLite" ? SweepStore.Sqlite(Path.Combine(folder, "study.db")) : SweepStore.PostgreSql(postgres!);
    var clock = Stopwatch.StartNew();
    var name = study ?? $"bench {Guid.NewGuid():N}";
    SweepStudy.Run(space, trial =>
    {
        var (x, y) = (trial.Point.GetDouble("x"), trial.Point.GetDouble("y"));
        for (var step = 1; step <= reports; step++)
            trial.Report(step, x * step);
        each?.Invoke();
        return -Math.Pow(x - 0.3, 2) - Math.Pow(y - 0.01, 2) + (trial.Point.GetInt32("n") / 100.0) + (trial.Point.GetString("kind") == "b" ? 1 : 0);
    }, higherIsBetter: true, new SweepOptions { Store = store, Name = name, Trials = trials, Workers = workers, Sampler = sampler, Pruner = Pruner.None });
    var seconds = clock.Elapsed.TotalSeconds;
    if (study is null)
        store.DeleteStudy(name);
    return seconds;
}

IEnumerable<string> Stores() => postgres is null ? ["SQLite"] : ["SQLite", "PostgreSQL"];

double? Optuna(string address, int trials)
{
    var start = new ProcessStartInfo("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "optuna_trials.py"), address, $"{trials}", "10"]) { RedirectStandardOutput = true };
    using var process = Process.Start(start);
    var text = process?.StandardOutput.ReadToEnd();
    process?.WaitForExit();
    return process?.ExitCode == 0 && double.TryParse(text, out var seconds) ? seconds : null;
}

string? After(string option) => Array.IndexOf(args, option) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : null;
