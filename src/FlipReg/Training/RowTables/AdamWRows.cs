using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Training.RowTables;

/// <summary>
/// <see cref="Optimizers.AdamW"/> by rows. Without a gradient m and v only shrink, and θ moves by Σ aⱼ·m / (√v·rⱼ + ε), where aⱼ and rⱼ follow from the steps
/// alone. Two histories give Σ aⱼ and Σ aⱼ/rⱼ, and the move is taken as Σ aⱼ·m / (√v·r + ε) with r = Σ aⱼ / Σ (aⱼ/rⱼ): exact where ε is nothing against √v·r, and where
/// √v·r is nothing against ε. Between the two, at gradients of about 10⁻⁸, it is off by less than the variance of r over the last
/// 1/(1 − β₁) steps, a millionth.
/// </summary>
internal sealed unsafe class AdamWRows(double beta1, double weightDecay) : RowRule
{
    private const double Beta2 = Optimizers.AdamW.Beta2;
    private const float Epsilon = (float)Optimizers.AdamW.Epsilon;

    /// <summary>θ with m in the place of m/(√v·r): its TS and AS are −Σ aⱼ.</summary>
    private readonly RowHistory _mean = new();

    /// <summary>θ with m/√v: its TS and AS are −Σ aⱼ/rⱼ.</summary>
    private readonly RowHistory _quotient = new();

    public override IReadOnlyList<string> StateNames => ["mean", "square"];

    public override int Now => _mean.Now;

    public override void Add(long step, StepRates rates)
    {
        var (kept, move) = (1 - (rates.LearningRate * weightDecay), -rates.LearningRate / (1 - Math.Pow(beta1, step)));
        // m shrinks before θ moves.
        _mean.Add(RowMap.Step(kept, move * beta1, 0, beta1, rates.Share));
        var shrink = beta1 / Math.Sqrt(Beta2);
        _quotient.Add(RowMap.Step(kept, move * Math.Sqrt(1 - Math.Pow(Beta2, step)) * shrink, 0, shrink, rates.Share));
    }

    public override void Clear()
    {
        _mean.Clear();
        _quotient.Clear();
    }

    public override void CatchUp(HostRow row, int width, int then)
    {
        var of = Moves(then);
        for (var i = 0; i < width; i++)
        {
            var (θ, m, root) = (row.Value[i], row.First[i], MathF.Sqrt(row.Second[i]));
            if (row.Average is not null)
                row.Average[i] = (of.AverageKept * row.Average[i]) + (of.AverageOfValue * θ) + (of.AverageMove * m / ((root * of.AverageRoot) + Epsilon));
            row.Value[i] = (of.Kept * θ) + (of.Move * m / ((root * of.Root) + Epsilon));
            row.First[i] = of.Mean * m;
            row.Second[i] *= of.Square;
        }
    }

    public override void Step(HostRow row, float* gradient, int width, long step, StepRates rates)
    {
        var (β1, β2) = ((float)beta1, (float)Beta2);
        var (ofGradient, ofSquare) = ((float)(1 - beta1), (float)(1 - Beta2));
        var (kept, move, root) = Factors(step, rates);
        for (var i = 0; i < width; i++)
        {
            var g = gradient[i];
            var m = row.First[i] = (β1 * row.First[i]) + (ofGradient * g);
            var v = row.Second[i] = (β2 * row.Second[i]) + (ofSquare * g * g);
            row.Value[i] = (kept * row.Value[i]) + (move * m / ((MathF.Sqrt(v) * root) + Epsilon));
        }

        RowKernels.Average(row, width, rates.Share);
    }

    public override void CatchUp(DeviceRows rows, ReadOnlySpan<int> then)
    {
        var moves = new RowMoves[then.Length];
        for (var i = 0; i < moves.Length; i++)
            moves[i] = Moves(then[i]);
        Tensor Of(Func<RowMoves, double> factor) => Column(rows.Value.device, moves.Length, i => factor(moves[i]));
        var root = rows.Second!.sqrt();
        if (rows.Average is { } average)
            average.mul_(Of(m => m.AverageKept)).addcmul_(rows.Value, Of(m => m.AverageOfValue), Keep(1))
                .addcdiv_(rows.First!.mul(Of(m => m.AverageMove)), root.mul(Of(m => m.AverageRoot)).Plus_(Epsilon), Keep(1));
        rows.Value.mul_(Of(m => m.Kept)).addcdiv_(rows.First!.mul(Of(m => m.Move)), root.mul_(Of(m => m.Root)).Plus_(Epsilon), Keep(1));
        rows.First!.mul_(Of(m => m.Mean));
        rows.Second.mul_(Of(m => m.Square));
    }

    public override void Step(DeviceRows rows, Tensor gradient, long step, StepRates rates)
    {
        var (kept, move, root) = Factors(step, rates);
        rows.First!.mul_(Keep(beta1)).add_(gradient, Keep(1 - beta1));
        rows.Second!.mul_(Keep(Beta2)).addcmul_(gradient, gradient, Keep(1 - Beta2));
        rows.Value.mul_(Keep(kept)).addcdiv_(rows.First, rows.Second.sqrt().mul_(Keep(root)).Plus_(Epsilon), Keep(move));
        rows.Average?.mul_(Keep(1 - rates.Share)).add_(rows.Value, Keep(rates.Share));
    }

    private (float Kept, float Move, float Root) Factors(long step, StepRates rates) => (
        (float)(1 - (rates.LearningRate * weightDecay)),
        (float)(-rates.LearningRate / (1 - Math.Pow(beta1, step))),
        (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step))));

    private RowMoves Moves(int then)
    {
        var (mean, quotient) = (_mean.Since(then), _quotient.Since(then));
        return new RowMoves(
            Factor(mean.TT), Factor(mean.TS), Ratio(mean.TS, quotient.TS), Factor(mean.SS), Factor(Math.Pow(Beta2, Now - then)),
            Factor(mean.AA), Factor(mean.AT), Factor(mean.AS), Ratio(mean.AS, quotient.AS));
    }

    // Without a move (a learning rate of 0) any root will do.
    private static float Ratio(double mean, double quotient) => quotient == 0 ? 1 : (float)(mean / quotient);

    /// <summary>θ' = Kept·θ + Move·m / (√v·Root + ε); a' = AverageKept·a + AverageOfValue·θ + AverageMove·m / (√v·AverageRoot + ε); m' = Mean·m; v' = Square·v.</summary>
    private readonly record struct RowMoves(
        float Kept, float Move, float Root, float Mean, float Square, float AverageKept, float AverageOfValue, float AverageMove, float AverageRoot);
}
