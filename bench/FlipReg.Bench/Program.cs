using FlipReg.Bench;

var quick = args.Contains("--quick");
if (!args.Contains("--scoring-only"))
{
    TrainingBench.Run([20, 128, 128, 10], quick ? 3 : 9, 3);
    TrainingBench.Run([784, 256, 256, 10], quick ? 2 : 5, 1);
}
