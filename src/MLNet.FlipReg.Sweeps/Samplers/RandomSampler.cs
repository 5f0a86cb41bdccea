namespace FlipReg.Sweeps;

/// <summary>Every value drawn by itself, evenly on its scale.</summary>
internal sealed class RandomSampler(int seed) : Sampler(seed)
{
    public override string Name => "random";

    internal override Proposal? Propose(SweepSpace space, StudyHistory history, int number, int salt) => new(Draw(space, Generator(number, salt)));

    /// <summary>A point of the space.</summary>
    public static SweepPoint Draw(SweepSpace space, Random random) => space.Complete(parameter => Draw(parameter, random));

    public static object Draw(SweepParameter parameter, Random random)
    {
        var u = random.NextDouble();
        switch (parameter.Kind)
        {
            case SweepParameterKind.Double:
                return parameter.Log
                    ? Math.Clamp(Math.Exp(Between(Math.Log(parameter.Minimum), Math.Log(parameter.Maximum), u)), parameter.Minimum, parameter.Maximum)
                    : Between(parameter.Minimum, parameter.Maximum, u);
            case SweepParameterKind.Integer when parameter.Log:
                // Half a unit beyond both ends, so that these come as often as the others.
                return Whole(Math.Exp(Between(Math.Log(parameter.Minimum - 0.5), Math.Log(parameter.Maximum + 0.5), u)), parameter);
            case SweepParameterKind.Integer:
                return Whole(Between(parameter.Minimum - 0.5, parameter.Maximum + 0.5, u), parameter);
            default:
                return parameter.Values[(int)(u * parameter.Values.Count)];
        }
    }

    private static double Between(double low, double high, double u) => (low * (1 - u)) + (high * u);

    private static object Whole(double value, SweepParameter parameter) => (long)Math.Clamp(Math.Round(value), parameter.Minimum, parameter.Maximum);
}
