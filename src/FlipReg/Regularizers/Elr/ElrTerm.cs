using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.Elr;

/// <summary>
/// The term Σ scale·log(1 + ε − ⟨p, t⟩) of a loss, with its bank t (rows × K). Its gradient is −p⊙(t − ⟨p, t⟩) / (1 + ε − ⟨p, t⟩): as p sums to 1, that is p⊙(u / ⟨p, u⟩ − 1) with u = t − 1 − ε.
/// </summary>
/// <param name="targets">t, rows × K, at first 0: state of the method.</param>
/// <param name="momentum">β: t after a row is seen is β·t + (1−β)·p.</param>
internal sealed class ElrTerm(RowBank targets, double momentum)
{
    /// <summary>Added to 1 − ⟨p, t⟩, which rounds to 0 where a row is certain.</summary>
    private const double Epsilon = 1e-6;

    private (Batch Batch, Tensor Values)? _remembered;
    private Tensor? _shifted;

    private TorchSharp.Scalar NewestShare => Keep(1 - momentum);

    /// <summary>Gathers what <see cref="AddGradient"/> needs.</summary>
    public void Prepare(Batch block) => _shifted = Remembered(block).Plus(-1 - Epsilon);

    /// <summary>The term, a scalar.</summary>
    public Tensor Loss(Batch batch, Outputs outputs)
    {
        var p = outputs.Probabilities;
        var agreement = p.mul(Remembered(batch).add(p.detach(), NewestShare)).sum([1], keepdim: true);
        return agreement.neg().Plus(1 + Epsilon).log().mul(batch.Scale).sum();
    }

    /// <summary>Adds weight times the term's gradient <em>without</em> its part −p·scale, which the caller counts into its own weight of p.</summary>
    public Tensor AddGradient(Tensor gradient, Batch batch, Outputs outputs, double weight)
    {
        var product = batch.Of(_shifted!).add(outputs.Probabilities, NewestShare).mul_(outputs.Probabilities);
        return gradient.addcmul_(product, batch.Scale.div(product.sum([1], keepdim: true)), Keep(weight));
    }

    /// <summary>Updates the bank.</summary>
    public void Observe(Batch block, Outputs outputs)
    {
        targets.Write(block, Remembered(block).add_(outputs.Probabilities, NewestShare));
        (_remembered, _shifted) = (null, null);
    }

    /// <summary>β·t of a batch's rows before they are seen, gathered once between two updates.</summary>
    private Tensor Remembered(Batch batch)
    {
        if (_remembered is { } gathered && ReferenceEquals(gathered.Batch, batch))
            return gathered.Values;
        _remembered = (batch, targets.Read(batch).mul_(Keep(momentum)));
        return _remembered.Value.Values;
    }
}
