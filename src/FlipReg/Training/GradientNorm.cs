using FlipReg.Training.RowTables;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>Looks at gradients between the backward pass and the optimizer's step: reports their norm, and limits it where asked.</summary>
/// <param name="gradients">The flat gradient.</param>
/// <param name="tables">Weights by rows, whose gradients count too.</param>
/// <param name="statistics">Takes the norms.</param>
/// <param name="maximum">The largest norm that is let through, or null.</param>
internal sealed class GradientNorm(Tensor gradients, IReadOnlyList<RowTable> tables, EpochStatistics statistics, double? maximum)
{
    /// <summary>Keeps the quotient finite where the gradient is 0.</summary>
    private const double Epsilon = 1e-6;

    /// <summary>Called with gradients off, inside a dispose scope.</summary>
    /// <param name="isSample">Whether this step's norm is reported even where nothing is limited.</param>
    public void Observe(bool isSample)
    {
        if (!isSample && maximum is null)
            return;
        var rows = tables.Select(table => table.Gradients).ToList();
        var norm = rows.Count == 0 ? gradients.norm() : stack([gradients.norm(), .. rows.Select(own => own.norm())]).norm();
        statistics.AddGradientNorm(norm);
        if (maximum is not { } limit)
            return;
        var factor = norm.Plus(Epsilon).reciprocal_().mul_(Keep(limit)).clamp_max_(Keep(1.0));
        gradients.mul_(factor);
        rows.ForEach(own => own.mul_(factor));
    }
}
