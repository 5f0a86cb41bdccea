using System.Globalization;
using FlipReg.Bench;
using FlipReg.Runtime;

// No argument: training and scoring. "training", "scoring", "threads [GOMP_SPINCOUNT]", "methods [name]", "bank [rows]", "sparse", "images [network]", "rows [number]": that part. "--quick": fewer runs.
NativeLibraries.Require();
if (args is ["cell", var layers, var batch, var threads])
{
    ThreadBench.RunCell(layers, int.Parse(batch, CultureInfo.InvariantCulture), threads == "auto" ? null : int.Parse(threads, CultureInfo.InvariantCulture));
    return;
}

Machine.Print();
if (args is ["threads", ..])
{
    ThreadBench.Run(args.ElementAtOrDefault(1));
    return;
}

if (args is ["rows", ..])
{
    ScoringBench.RunMany(long.Parse(args.ElementAtOrDefault(1) ?? "10000000", CultureInfo.InvariantCulture));
    return;
}

if (args is ["methods", ..])
{
    var rounds = args.Contains("--quick") ? 5 : 15;
    foreach (var size in new[] { 128, 32 })
    {
        MethodBench.Run([20, 128, 128, 10], size, rounds, 3, args.Skip(1).FirstOrDefault(a => !a.StartsWith('-')));
        MethodBench.Run([784, 256, 256, 10], size, rounds, 1, args.Skip(1).FirstOrDefault(a => !a.StartsWith('-')));
    }

    return;
}

if (args is ["bank", ..])
{
    BankBench.Run(int.Parse(args.Skip(1).FirstOrDefault(a => !a.StartsWith('-')) ?? "1281167", CultureInfo.InvariantCulture), args.Contains("--quick") ? 1500 : null);
    return;
}

if (args is ["sparse", ..])
{
    SparseBench.Run(args.Contains("--quick") ? 1 : 3);
    return;
}

if (args is ["images", ..])
{
    ImageBench.Run(args.Skip(1).FirstOrDefault(a => !a.StartsWith('-')), args.Contains("--quick") ? 2 : 5);
    return;
}

var quick = args.Contains("--quick");
if (!args.Contains("scoring"))
{
    foreach (var size in new[] { 128, 32 })
    {
        TrainingBench.Run([20, 128, 128, 10], size, quick ? 3 : 9, 3);
        TrainingBench.Run([784, 256, 256, 10], size, quick ? 2 : 7, 1);
    }
}

if (!args.Contains("training"))
    ScoringBench.Run(1_000_000, quick ? 2 : 5);
