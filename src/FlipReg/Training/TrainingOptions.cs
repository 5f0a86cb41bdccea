using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FlipReg.Regularizers;
using FlipReg.Training;
using static System.FormattableString;
using RangeAttribute = System.ComponentModel.DataAnnotations.RangeAttribute;
using SweepRangeAttribute = Microsoft.ML.SearchSpace.RangeAttribute;

namespace FlipReg;

/// <summary>
/// What every trainer has in common: columns, network, optimizer, schedule, device and reporting.
/// Each method adds its own settings in a class of its own, such as <see cref="FerOptions"/>.
/// </summary>
/// <remarks>
/// Ranges are checked when a trainer is made; a value outside its range is an
/// <see cref="ArgumentOutOfRangeException"/> that names the option, the range and the value. The trainer keeps a copy.
/// </remarks>
public abstract partial class TrainingOptions
{
    /// <summary>Name of the label column, a key. Default "Label".</summary>
    [Required]
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>
    /// Name of the example weight column (Single, at least 0), or null for equal weights. Weights are scaled to a mean of 1. Default null.
    /// </summary>
    public string? ExampleWeightColumnName { get; set; }

    /// <summary>
    /// What rows count by their class, times their example weight: <see cref="ClassWeights.None"/>, <see cref="ClassWeights.Balanced"/> or one
    /// value a class (<see cref="ClassWeights.Of"/>). Default none.
    /// </summary>
    [Required]
    public ClassWeights ClassWeights { get; set; } = ClassWeights.None;

    /// <summary>
    /// The network's hidden part, at most 1,000 layers; input and output sizes come from the data. Default: two hidden layers of 128, ReLU.
    /// </summary>
    [Required]
    public NetworkSpec Network { get; set; } = NetworkSpec.Mlp();

    /// <summary>Passes over the training rows; 1 to 100,000. Default 40.</summary>
    [Range(1, 100_000)]
    [SweepRange(15, 100, 40, logBase: true)]
    public int Epochs { get; set; } = 40;

    /// <summary>
    /// Rows per optimizer step; at least 1. The last step of an epoch may hold fewer. Null: 32 below 10,000 training rows, else 128.
    /// Default null.
    /// </summary>
    [Range(1, 1 << 20)]
    [SweepRange(16, 128, 32, logBase: true)]
    public int? BatchSize { get; set; }

    /// <summary>The optimizer. Default <see cref="OptimizerKind.Sgd"/>.</summary>
    public OptimizerKind Optimizer { get; set; } = OptimizerKind.Sgd;

    /// <summary>
    /// Initial learning rate; above 0. Null: 0.001 with AdamW; with SGD 0.1, but where weights leave a step less than the worth of 32 equal
    /// rows, in proportion less: 0.1 · s·max(1, batch size / 32) with s = (Σw)² / (n·Σw²), the share of the rows that count (Kish 1965; linear
    /// scaling: Goyal et al. 2017). Default null.
    /// </summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    [SweepRange(0.01, 0.5, 0.1, logBase: true)]
    public double? LearningRate { get; set; }

    /// <summary>Momentum of SGD; from 0 to below 1. AdamW uses it as its first decay rate. Default 0.9.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Momentum { get; set; } = 0.9;

    /// <summary>Nesterov's form of momentum (SGD only; needs a momentum above 0). Default false.</summary>
    public bool Nesterov { get; set; }

    /// <summary>
    /// Weight decay: L2 penalty with SGD, decoupled with AdamW; at least 0. Null: with SGD 1.5 / training rows, but from 5e-5 to 2e-3 (the fewer
    /// the rows, the more the network needs holding back); with AdamW 0.01. Default null.
    /// </summary>
    [Range(0, 1e6)]
    [SweepRange(1e-5, 3e-3, 5e-4, logBase: true)]
    public double? WeightDecay { get; set; }

    /// <summary>How the learning rate changes over the epochs. Default <see cref="ScheduleKind.Cosine"/>.</summary>
    public ScheduleKind Schedule { get; set; } = ScheduleKind.Cosine;

    /// <summary>
    /// With <see cref="ScheduleKind.MultiStep"/>: where the learning rate is multiplied by <see cref="DecayFactor"/>, as fractions of
    /// <see cref="Epochs"/>, ascending, each between 0 and 1. Default 0.625, 0.75, 0.875 (epochs 150, 180 and 210 of 240).
    /// </summary>
    [Required]
    public IReadOnlyList<double> Milestones { get; set; } = [0.625, 0.75, 0.875];

    /// <summary>With <see cref="ScheduleKind.MultiStep"/>: the factor at each milestone; above 0, at most 1. Default 0.1.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double DecayFactor { get; set; } = 0.1;

    /// <summary>
    /// With <see cref="ScheduleKind.CyclicCosine"/>: how often the learning rate falls, at least 1 and at most the epochs after <see cref="WarmupEpochs"/>. Null: 4, or one an epoch where there are
    /// fewer. Default null.
    /// </summary>
    [Range(1, 100_000)]
    public int? Cycles { get; set; }

    /// <summary>Epochs of linear warm-up before the schedule starts; at least 0 and below <see cref="Epochs"/>. Default 0.</summary>
    [Range(0, 100_000)]
    public int WarmupEpochs { get; set; }

    /// <summary>Seed of this fit. Null takes the context's seed, or a random one where the context has none. Default null.</summary>
    public int? Seed { get; set; }

    /// <summary>
    /// CPU threads of the numeric library, 1 to 1024. Null derives the number from the multiply-adds of a step and the processor
    /// count. Another number of threads may round differently and so give a slightly different model. Default null.
    /// </summary>
    [Range(1, 1024)]
    public int? Threads { get; set; }

    /// <summary>Where to train. Default <see cref="DeviceKind.Auto"/>: the context's GPU if it names one, else the CPU.</summary>
    public DeviceKind Device { get; set; } = DeviceKind.Auto;

    /// <summary>
    /// Whether to count, for every training row, how often it went from right to wrong between two epochs (Toneva et al., ICLR 2019). Rows
    /// forgotten often, or never right, are worth a look: many of them are mislabelled. Default false.
    /// </summary>
    public bool CountForgetting { get; set; }

    /// <summary>
    /// Called after every epoch, on the fit's own thread, which waits for it. An exception ends the fit and reaches its caller. Default null.
    /// </summary>
    /// <remarks>
    /// An <see cref="IProgress{T}"/> is given by its method: <c>Progress = new ConsoleProgress().Report</c>. .NET's <see cref="Progress{T}"/> posts what it
    /// is told to the context it was made in, for instance a window's thread; without one (a console program) its calls may come late and out of order.
    /// </remarks>
    [JsonIgnore]
    public Action<EpochReport>? Progress { get; set; }

    /// <summary>Times the automatic learning rate; a sweep's. Default 1.</summary>
    internal double LearningRateScale { get; set; } = 1;

    /// <summary>Times the automatic weight decay; a sweep's. Default 1.</summary>
    internal double WeightDecayScale { get; set; } = 1;

    /// <summary>Short name of the method, as in messages and saved models.</summary>
    internal abstract string MethodName { get; }

    /// <summary>How the method's bank of rows is kept, where it has one.</summary>
    internal virtual BankOptions? MethodBank => null;

    /// <summary>Makes the method's regularizer for one fit.</summary>
    internal abstract Regularizer CreateRegularizer(RegularizerContext context);

    /// <summary>Rules between several options. Ranges of single options are declared by attributes.</summary>
    internal virtual IEnumerable<OptionError> CheckTogether()
    {
        if (Network.Problem() is { } problem)
            yield return new(nameof(Network), "must hold the hidden layers, all in range, and no input size", problem, "Make it with NetworkSpec.Mlp(...), and leave Bind to the trainer.");
        if (ExampleWeightColumnName?.Length == 0)
            yield return new(nameof(ExampleWeightColumnName), "must name a column or be null", "an empty text", "Use null for equal weights.");
        if (WarmupEpochs >= Epochs)
            yield return new(nameof(WarmupEpochs), Invariant($"must be below {nameof(Epochs)} ({Epochs})"), WarmupEpochs, "Lower it, or train for more epochs.");
        else if (Schedule == ScheduleKind.CyclicCosine && Cycles > Epochs - WarmupEpochs)
            yield return new(nameof(Cycles), Invariant($"must be at most the epochs after the warm-up ({Epochs - WarmupEpochs})"), Cycles, "Lower it, leave it null, or train for more epochs.");
        if (Nesterov && (Optimizer != OptimizerKind.Sgd || Momentum == 0))
            yield return new(nameof(Nesterov), "needs the optimizer Sgd and a momentum above 0", Invariant($"{Optimizer}, momentum {Momentum}"), "Set Optimizer and Momentum, or turn Nesterov off.");
        for (var i = 0; i < Milestones.Count; i++)
        {
            if (!(Milestones[i] > (i == 0 ? 0 : Milestones[i - 1]) && Milestones[i] < 1))
            {
                yield return new(nameof(Milestones), "must be fractions of Epochs between 0 and 1, ascending",
                    InvariantText.List(Milestones), "Write epoch 150 of 240 as 0.625.");
                break;
            }
        }

        foreach (var error in CheckControl().Concat(CheckEnsemble()).Concat(CheckNetwork()).Concat(CheckTransfer()).Concat(CheckImages()).Concat(CheckColumns()))
            yield return error;
    }

    /// <summary>Fills in the method's own defaults that depend on the data. The options are a copy, and resolved but for these.</summary>
    internal virtual void ResolveMethod(int rows, int classes)
    {
    }

    /// <summary>A copy that shares nothing changeable with this one.</summary>
    internal TrainingOptions Copy()
    {
        var copy = (TrainingOptions)MemberwiseClone();
        copy.Milestones = [.. Milestones];
        copy.NumericColumnNames = NumericColumnNames?.ToArray();
        copy.CategoricalColumnNames = CategoricalColumnNames?.ToArray();
        copy.Network = Network with { Layers = [.. Network.Layers] };
        copy.ImageShape ??= Images?.Shape;
        return copy;
    }

    /// <summary>A copy in which nothing that depends on the data or the context is left open.</summary>
    /// <param name="rows">Training rows.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="seed">The seed where the options have none.</param>
    /// <param name="effectiveShare">Share of the rows that count, by their weights; 1 where all count alike.</param>
    internal TrainingOptions Resolve(int rows, int classes, int seed, double effectiveShare = 1)
    {
        var resolved = Copy();
        var sgd = Optimizer == OptimizerKind.Sgd;
        resolved.BatchSize ??= rows < 10_000 ? 32 : 128;
        resolved.LearningRate ??= LearningRateScale * (sgd ? 0.1 * Math.Min(1, effectiveShare * Math.Max(1, Math.Min(resolved.BatchSize.Value, rows) / 32.0)) : 0.001);
        resolved.WeightDecay ??= WeightDecayScale * (sgd ? Math.Clamp(1.5 / rows, 5e-5, 2e-3) : 0.01);
        resolved.Seed ??= seed;
        if (Schedule == ScheduleKind.CyclicCosine)
            resolved.Cycles ??= Math.Clamp(Epochs - WarmupEpochs, 1, CosineCycles.Usual);
        resolved.Missing = ResolvedMissing;
        resolved.ResolveMethod(rows, classes);
        return resolved;
    }
}

/// <summary>The optimizers.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019).</summary>
    AdamW,
}

/// <summary>Learning rate schedules; all step once an epoch.</summary>
public enum ScheduleKind
{
    /// <summary>The learning rate stays.</summary>
    Constant,

    /// <summary>Multiplied by a factor at given milestones.</summary>
    MultiStep,

    /// <summary>Half a cosine from the initial learning rate to 0.</summary>
    Cosine,

    /// <summary>The same, several times over: <see cref="TrainingOptions.Cycles"/>.</summary>
    CyclicCosine,
}

/// <summary>Where a network is trained.</summary>
public enum DeviceKind
{
    /// <summary>The GPU that the context names (<c>MLContext.GpuDeviceId</c>), else the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>A CUDA GPU: the context's, else the first.</summary>
    Cuda,
}
