using FlipReg.Bench;

// No argument: everything. "training" or "scoring": that part. "--quick": fewer runs.
Machine.Print();
var quick = args.Contains("--quick");
if (!args.Contains("scoring"))
{
    TrainingBench.Run([20, 128, 128, 10], quick ? 3 : 11, 3);
    TrainingBench.Run([784, 256, 256, 10], quick ? 2 : 7, 1);
}

if (!args.Contains("training"))
    ScoringBench.Run(1_000_000, quick ? 2 : 5);
