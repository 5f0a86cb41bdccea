// Long runs that look for what single tests do not show. See eng/soak.sh.
//   [--folder F] [--seed N] [--mutations N] [--kills N] [--fits N] [--threads N] [--seconds N] [--report FILE]   everything
//   case FOLDER TARGET SEED NUMBER                                                                              one damaged file again
using System.Globalization;
using Soak;
using Soak.Targets;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["worker", var folder, var target, var seed, var first, var end]:
        Worker.Run(folder, target, Number(seed), Number(first), Number(end));
        return 0;
    case ["fits", var count]:
        FitRun.Run(Number(count));
        return 0;
    case ["threads", var count, var seconds]:
        ThreadRun.Run(Number(count), Number(seconds));
        return 0;
    case ["case", var folder, var name, var seed, var number]:
        var result = new MutationRun(Path.GetFullPath(folder), Number(seed), Console.WriteLine).RunCase(Target.Named(name), Number(number));
        Console.WriteLine(string.Join(", ", result.Counts.Keys));
        return result.Failures.Count == 0 ? 0 : 1;
}

SoakOptions options;
try
{
    options = SoakOptions.Parse(args);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine($"soak: {e.Message}");
    return 2;
}

var run = new MutationRun(options.Folder, options.Seed, line => Console.WriteLine($"  {line}"));
run.Clear();
var mutations = new List<MutationResult>();
foreach (var (target, i) in Target.All.Select((target, i) => (target, i)))
{
    Console.WriteLine($"damaged files: {target.Name}");
    mutations.Add(run.Run(target, (options.Mutations + i) / Target.All.Count));
    foreach (var foreign in mutations[^1].Foreign.GroupBy(f => f.Split(' ')[1]))
        Console.WriteLine($"  {foreign.Count()} times, not of this library: {foreign.First()}");
}

Console.WriteLine($"fits in a row: {options.Fits}");
var fits = Child.Run(TimeSpan.FromHours(1), "fits", Text(options.Fits));
Console.WriteLine($"threads: {options.Threads} for {options.Seconds} s");
var threads = Child.Run(TimeSpan.FromSeconds(options.Seconds + 120), "threads", Text(options.Threads), options.Seconds.ToString(CultureInfo.InvariantCulture));
Console.WriteLine($"kills: {options.Kills}");
var kills = KillRun.Run(options.Kills, options.Seed);
var report = new Report { Options = options, Mutations = mutations, Kills = kills, Fits = fits, Threads = threads };
Console.WriteLine($"\n{report.Text()}");
if (options.Report is { } path)
    File.WriteAllText(path, report.Text());
return report.Failures().Count == 0 ? 0 : 1;

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
