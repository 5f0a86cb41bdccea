using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>Proposes the values of a study's next trial from what its trials gave so far. The first trial has the space's first values.</summary>
public abstract class Sampler
{
    private protected Sampler(int seed) => Seed = seed;

    /// <summary>The seed. The same study with the same seed and one worker gives the same trials, also where it was interrupted.</summary>
    public int Seed { get; }

    /// <summary>Every trial drawn from the whole space, independently of the others.</summary>
    /// <param name="seed">The seed. Default 0.</param>
    public static Sampler Random(int seed = 0) => new RandomSampler(seed);

    /// <summary>Every combination of the space's values once, whatever the number of workers; ranges of real numbers need levels. The first trial has the space's first values where they are among the combinations.</summary>
    public static Sampler Grid() => new GridSampler();

    /// <summary>
    /// The tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011), over all parameters together: proposes what is likely among the best
    /// trials and unlikely among the others. Trials that run count among the others.
    /// </summary>
    /// <param name="seed">The seed. Default 0.</param>
    /// <param name="startupTrials">Trials drawn at random before, at least 1. Default 10.</param>
    /// <param name="candidates">Values compared for each trial, at least 1. Default 24.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public static Sampler Tpe(int seed = 0, int startupTrials = 10, int candidates = 24) => new TpeSampler(seed, AtLeast1(startupTrials, nameof(startupTrials)), AtLeast1(candidates, nameof(candidates)));

    /// <summary>The name, as messages and the store have it.</summary>
    public abstract string Name { get; }

    /// <summary>The proposal for a trial that is not the first; null where there is nothing left to try.</summary>
    /// <param name="space">The space.</param>
    /// <param name="history">What is known of the study.</param>
    /// <param name="number">The trial's number, from 1.</param>
    /// <param name="salt">0, or what sets this worker apart where several propose for one number.</param>
    internal abstract Proposal? Propose(SweepSpace space, StudyHistory history, int number, int salt);

    /// <summary>Trials after which nothing is left to try; null: none.</summary>
    internal virtual long? Size(SweepSpace space) => null;

    /// <summary>The generator of one trial: the same in every process.</summary>
    private protected Random Generator(int number, int salt) => new(unchecked((int)Mix(Mix(Mix((uint)Seed) ^ (uint)number) ^ (uint)salt)));

    private static int AtLeast1(int value, string name) => value >= 1 ? value : throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be at least 1. Got {value}."));

    // The finalizer of MurmurHash3: neighbouring seeds give unlike generators.
    private static uint Mix(uint x)
    {
        x = unchecked(x + 0x9e3779b9);
        x ^= x >> 16;
        x = unchecked(x * 0x85ebca6b);
        x ^= x >> 13;
        x = unchecked(x * 0xc2b2ae35);
        return x ^ (x >> 16);
    }
}

/// <summary>The values of a trial to come.</summary>
/// <param name="Point">The values.</param>
/// <param name="GridIndex">The place in the grid, or null.</param>
internal sealed record Proposal(SweepPoint Point, long? GridIndex = null);
