using FlipReg.Data;
using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Regularizers;

/// <summary>What a regularizer needs to know of the fit it serves.</summary>
/// <param name="Labels">The class of every training row.</param>
/// <param name="Classes">Number of classes, K.</param>
/// <param name="Device">Where the state lives.</param>
/// <param name="Seed">Seed of the method's own draws: that of the fit, or of an ensemble's member.</param>
internal sealed record RegularizerContext(IReadOnlyList<long> Labels, int Classes, Device Device, int Seed)
{
    /// <summary>Training rows.</summary>
    public int Rows => Labels.Count;

    /// <summary>The fit's seed: for draws that an ensemble's members share.</summary>
    public int FitSeed { get; init; } = Seed;

    /// <summary>Regularizers of the fit: one for each member of an ensemble.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Optimizer steps of an epoch.</summary>
    public int StepsOfEpoch { get; init; } = 1;

    /// <summary>Further forward passes, of what the method <see cref="Regularizer.Needs"/>.</summary>
    public INetworkView Network { get => field ?? throw new InvalidOperationException("There is no network to ask."); init; } = null!;

    /// <summary>Receives what the user should look at.</summary>
    public Action<string> Warning { get; init; } = _ => { };

    /// <summary>Warns of classes with one training row, where a method looks for another.</summary>
    public void WarnOfSingleRows(string method, string consequence)
    {
        var single = Labels.CountBy(label => label).Where(rows => rows.Value == 1).Select(rows => rows.Key).Order().ToList();
        if (single.Count > 0)
            Warning(FormattableString.Invariant($"{method}: each class should have two training rows or more. Got one of {single.Count:N0} of them (by the order of the label's key, from 0: {InvariantText.List(single.Take(10))}{(single.Count > 10 ? ", …" : "")}). {consequence}"));
    }

    /// <summary>Refuses state of that many bytes that this machine's memory cannot hold.</summary>
    /// <exception cref="InvalidOperationException">There is no room.</exception>
    public void RequireRoom(string what, long bytes, string remedy)
    {
        var (needed, present) = (bytes * Members, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        if (needed > present)
            throw new InvalidOperationException(FormattableString.Invariant($"{what} must fit into memory ({present >> 20:N0} MiB). Got {Rows:N0} rows and {Classes:N0} classes{(Members == 1 ? "" : FormattableString.Invariant($" for {Members} members"))}, which take {needed >> 20:N0} MiB. {remedy}"));
    }
}

/// <summary>
/// A training method: a loss on the logits, and state that follows the training. The loop calls, for every block of steps,
/// <see cref="Prepare"/>, then per step <see cref="LossGradient"/>, then <see cref="Loss"/> and <see cref="Observe"/> with the outputs of the
/// whole block as they were in its steps. No member may synchronise with the host.
/// </summary>
internal abstract class Regularizer : IDisposable
{
    private readonly List<(string Name, Tensor Value)> _state = [];
    private readonly List<Counter> _counters = [];

    /// <summary>Steps until the state next changes what the loss is: a block ends there at the latest. At least 1.</summary>
    public virtual int StepsUntilUpdate => int.MaxValue;

    /// <summary>
    /// Named state tensors. They and <see cref="Counters"/> are all that a regularizer remembers from one block to the next: a checkpoint writes
    /// them, and sets them in a new regularizer of the same fit.
    /// </summary>
    public IReadOnlyList<(string Name, Tensor Value)> State => _state;

    /// <summary>Numbers of the state that live on the host.</summary>
    public IReadOnlyList<Counter> Counters => _counters;

    /// <summary>The regularizers that have the state: this one, or those of an ensemble's members.</summary>
    public virtual IReadOnlyList<Regularizer> Members => [this];

    /// <summary>What it asks of the network beside the steps' logits, through its context; known once it is made.</summary>
    public virtual NetworkNeeds Needs => NetworkNeeds.None;

    /// <summary>Names of what the method reports of an epoch, beside its loss.</summary>
    public virtual IReadOnlyList<string> FigureNames => [];

    /// <summary>The outputs that rows are classified by: those of the network, or what an ensemble's members say together.</summary>
    public virtual Outputs Together(Outputs outputs) => outputs;

    /// <summary>Gathers what the steps of a block need, such as state rows. Must leave no autograd graph.</summary>
    public virtual void Prepare(Batch block)
    {
    }

    /// <summary>
    /// The loss as a scalar, under autograd: the definition, and the oracle of the tests. Each row counts with its <see cref="Batch.Scale"/>.
    /// </summary>
    public abstract Tensor Loss(Batch batch, Outputs outputs);

    /// <summary>
    /// d(loss)/d(logits), n×K, a tensor of its own: in closed form where a method has one, else autograd differentiates <see cref="Loss"/>.
    /// Called with gradients off, after <see cref="Prepare"/> for the block that the batch belongs to.
    /// </summary>
    public virtual Tensor LossGradient(Batch batch, Outputs outputs)
    {
        using var grad = enable_grad();
        var logits = outputs.Logits.detach().requires_grad_();
        Loss(batch, new Outputs(logits)).backward();
        return logits.grad!;
    }

    /// <summary>Updates the state from the outputs of the steps just made. Called with gradients off.</summary>
    public virtual void Observe(Batch block, Outputs outputs)
    {
    }

    /// <summary>
    /// The values of <see cref="FigureNames"/> for the epoch that is about to end, float64: read together with the loop's own sums. Called before
    /// <see cref="EndEpoch"/> where there are names.
    /// </summary>
    public virtual Tensor Figures() => throw new NotSupportedException("The method reports no figures.");

    /// <summary>Ends an epoch.</summary>
    public virtual void EndEpoch(int epoch)
    {
    }

    public virtual void Dispose()
    {
        foreach (var (_, value) in _state)
            value.Dispose();
    }

    /// <summary>Makes <paramref name="value"/> part of the state, which this regularizer owns.</summary>
    protected Tensor AddState(string name, Tensor value)
    {
        _state.Add((name, value.DetachFromDisposeScope()));
        return value;
    }

    /// <summary>Makes a number, at first 0, part of the state.</summary>
    protected Counter AddCounter(string name)
    {
        var counter = new Counter(name);
        _counters.Add(counter);
        return counter;
    }
}
