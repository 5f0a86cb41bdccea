using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FlipReg.Training;
using static System.FormattableString;

namespace FlipReg;

/// <content>What a fit keeps, when it stops, and how it goes on.</content>
public abstract partial class TrainingOptions
{
    /// <summary>
    /// Ends the fit once the validation rows have stopped getting better; needs validation data. Null trains for all <see cref="Epochs"/>.
    /// Default null.
    /// </summary>
    public EarlyStopping? EarlyStopping { get; set; }

    /// <summary>
    /// Whose weights the model gets: <see cref="KeptWeights.Last"/> epoch's, or those of the <see cref="KeptWeights.Best"/> epoch on the
    /// validation rows, by <see cref="EarlyStopping"/>'s metric or, without it, by accuracy; needs validation data. Default Last.
    /// </summary>
    public KeptWeights Keep { get; set; } = KeptWeights.Last;

    /// <summary>
    /// Half-life, in epochs, of an exponential moving average over the weights after every step (Polyak and Juditsky 1992 for the idea), without
    /// the start's bias: step t counts with (1 − d) / (1 − dᵗ), d = 0.5^(1 / (half-life · steps of an epoch)). Validation rows are scored by
    /// the average, and it is what the model gets. Running statistics of batch normalization are averaged alike. Above 0. Null averages
    /// nothing. Default null.
    /// </summary>
    [Range(0, 100_000, MinimumIsExclusive = true)]
    public double? WeightAverage { get; set; }

    /// <summary>
    /// Whether the fit ends with a temperature T: the model's logits are divided by the T, from 0.05 to 20, that gives the validation rows the lowest
    /// cross-entropy (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017). The predicted classes stay, the probabilities become about as
    /// sure as they are right: methods against wrong labels, and many epochs, leave them too unsure or too sure. Needs validation data. Default false.
    /// </summary>
    /// <remarks>
    /// 1/T is part of the last layer's weights, so that nothing else knows of it; the model's <c>Temperature</c> has it, and the epochs' reports are from before.
    /// Wrong labels among the validation rows count as they are: probabilities then fit the noise, so give clean rows where there are some. Where all
    /// validation rows are right, T is at most 1 and stays so far from 0 as their number asks for.
    /// </remarks>
    public bool FitTemperature { get; set; }

    /// <summary>
    /// The largest L2 norm of a step's gradient over all parameters: a larger one is scaled down to it before the step (Pascanu, Mikolov and
    /// Bengio, ICML 2013, algorithm 1). Above 0. Null leaves gradients as they are. Default null.
    /// </summary>
    [Range(0, 1e9, MinimumIsExclusive = true)]
    public double? MaximumGradientNorm { get; set; }

    /// <summary>
    /// Ends the fit within one step when canceled, as does canceling the context's work (<c>MLContext.CancelExecution</c>). Default: never.
    /// </summary>
    [JsonIgnore]
    public CancellationToken CancellationToken { get; set; }

    /// <summary>
    /// What a fit that is canceled while it trains does: <see cref="CancelAction.Throw"/> an <see cref="OperationCanceledException"/>, or
    /// <see cref="CancelAction.KeepModel"/>: return the model as <see cref="Keep"/> and <see cref="WeightAverage"/> have it by then. Before the
    /// first step there is no model to keep, so that it throws. Default Throw.
    /// </summary>
    [JsonIgnore]
    public CancelAction WhenCanceled { get; set; } = CancelAction.Throw;

    /// <summary>
    /// Folder for checkpoints, made where it is missing, or null for none. A fit that finds a checkpoint of the same data, options and network
    /// there goes on from it and ends with the bits of a fit that was never stopped (same machine, device and thread count); a finished fit's
    /// model comes back at once. One fit at a time uses a folder. Default null.
    /// </summary>
    [JsonIgnore]
    public string? CheckpointDirectory { get; set; }

    /// <summary>Epochs after which a checkpoint is due, 1 to 100,000, or null: then only the minutes count. The last epoch always gets one. Default 1.</summary>
    [JsonIgnore]
    [Range(1, 100_000)]
    public int? CheckpointEpochs { get; set; } = 1;

    /// <summary>Minutes after which a checkpoint is due, also inside an epoch; above 0, or null. Default null.</summary>
    [JsonIgnore]
    [Range(0, 100_000, MinimumIsExclusive = true)]
    public double? CheckpointMinutes { get; set; }

    /// <summary>Latest checkpoints that are kept, 1 to 1,000, and beside them that of the epoch that was best on the validation rows. Default 2.</summary>
    [JsonIgnore]
    [Range(1, 1000)]
    public int CheckpointsKept { get; set; } = 2;

    /// <summary>Rules between the options of this part.</summary>
    private IEnumerable<OptionError> CheckControl()
    {
        if (CheckpointDirectory?.Length == 0)
            yield return new(nameof(CheckpointDirectory), "must name a folder or be null", "an empty text", "Use null for no checkpoints.");
        foreach (var error in EarlyStopping is { } stopping ? OptionRules.ErrorsOf(stopping) : [])
            yield return error with { Name = Invariant($"{nameof(EarlyStopping)}.{error.Name}") };
        foreach (var error in MethodBank is { } bank ? OptionRules.ErrorsOf(bank) : [])
            yield return error with { Name = Invariant($"Bank.{error.Name}") };
    }
}

/// <summary>When to end a fit whose validation rows get no better.</summary>
public sealed record EarlyStopping
{
    /// <summary>What is watched. Default <see cref="ValidationMetric.Loss"/>.</summary>
    public ValidationMetric Metric { get; init; } = ValidationMetric.Loss;

    /// <summary>Epochs in a row without an improvement after which the fit ends; 1 to 100,000. Default 10.</summary>
    [Range(1, 100_000)]
    public int Patience { get; init; } = 10;

    /// <summary>An improvement is a change for the better by more than this; at least 0. Default 0.</summary>
    [Range(0, 1e6)]
    public double MinimumDelta { get; init; }
}

/// <summary>Metrics of the validation rows.</summary>
public enum ValidationMetric
{
    /// <summary>Mean cross-entropy: the lower the better.</summary>
    Loss,

    /// <summary>Share of rows classified right: the higher the better.</summary>
    Accuracy,
}

/// <summary>Whose weights a trained model has.</summary>
public enum KeptWeights
{
    /// <summary>The last epoch's.</summary>
    Last,

    /// <summary>Those of the epoch that was best on the validation rows.</summary>
    Best,
}

/// <summary>What a canceled fit does.</summary>
public enum CancelAction
{
    /// <summary>Throws an <see cref="OperationCanceledException"/>.</summary>
    Throw,

    /// <summary>Returns the model as it stands.</summary>
    KeepModel,
}
