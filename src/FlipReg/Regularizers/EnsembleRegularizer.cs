using FlipReg.Data;
using FlipReg.Networks;
using static TorchSharp.torch;

namespace FlipReg.Regularizers;

/// <summary>The members' methods, each with its own state on its own logits. Batches are the same for all; logits are rows × (members · K).</summary>
internal sealed class EnsembleRegularizer(IReadOnlyList<Regularizer> members) : Regularizer
{
    private (Outputs Whole, Outputs[] Parts)? _latest;

    public override IReadOnlyList<Regularizer> Members => members;

    public override int StepsUntilUpdate => members.Min(m => m.StepsUntilUpdate);

    public override NetworkNeeds Needs => members[0].Needs;

    public override IReadOnlyList<string> FigureNames => members[0].FigureNames;

    public override void Prepare(Batch block)
    {
        foreach (var member in members)
            member.Prepare(block);
    }

    /// <summary>The mean of the members' losses.</summary>
    public override Tensor Loss(Batch batch, Outputs outputs) => stack(Parts(outputs).Select((part, m) => members[m].Loss(batch, part))).mean();

    /// <summary>Each member has the gradient of its own loss, as if it were alone.</summary>
    public override Tensor LossGradient(Batch batch, Outputs outputs) =>
        cat([.. Parts(outputs).Select((part, m) => members[m].LossGradient(batch, part).t())], 0).t();

    public override void Observe(Batch block, Outputs outputs)
    {
        foreach (var (member, part) in members.Zip(Parts(outputs)))
            member.Observe(block, part);
        _latest = null;
    }

    /// <summary>The means of the members' figures.</summary>
    public override Tensor Figures() => stack(members.Select(member => member.Figures())).mean([0]);

    public override void EndEpoch(int epoch)
    {
        foreach (var member in members)
            member.EndEpoch(epoch);
    }

    /// <summary>What the members say together.</summary>
    public override Outputs Together(Outputs outputs) => new(Ensemble.Mean(Parts(outputs).Select(part => part.LogProbabilities)));

    public override void Dispose()
    {
        foreach (var member in members)
            member.Dispose();
        base.Dispose();
    }

    private Outputs[] Parts(Outputs outputs)
    {
        if (_latest is { } latest && ReferenceEquals(latest.Whole, outputs))
            return latest.Parts;
        var parts = Enumerable.Range(0, members.Count).Select(m => new Outputs(Ensemble.Of(outputs.Logits, m, members.Count))).ToArray();
        _latest = (outputs, parts);
        return parts;
    }
}
