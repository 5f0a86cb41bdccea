using System.Numerics;
using System.Runtime.CompilerServices;
using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Training.RowTables;

/// <summary>
/// <see cref="Optimizers.Sgd"/> by rows. Without a gradient, v ← μ·v + λ·θ, then θ ← θ − η·v, or in Nesterov's form θ ← θ − η·(λ·θ + μ·v), is a linear
/// map: exact for any number of steps.
/// </summary>
internal sealed unsafe class SgdRows(double momentum, double weightDecay, bool nesterov) : RowRule
{
    private readonly RowHistory _history = new();

    public override IReadOnlyList<string> StateNames => momentum == 0 ? [] : ["velocity"];

    public override int Now => _history.Now;

    public override void Add(long step, StepRates rates)
    {
        var (η, s) = (rates.LearningRate, rates.Share);
        _history.Add(nesterov
            ? RowMap.Step(1 - (η * weightDecay * (1 + momentum)), -η * momentum * momentum, weightDecay, momentum, s)
            : RowMap.Step(1 - (η * weightDecay), -η * momentum, weightDecay, momentum, s));
    }

    public override void Clear() => _history.Clear();

    public override void CatchUp(HostRow row, int width, int then)
    {
        var map = _history.Since(then);
        if (row.Average is not null)
            Average(row, width, map);
        if (row.First is null)
            Scale(row.Value, width, Factor(map.TT));
        else
            Turn(row.Value, row.First, width, Factor(map.TT), Factor(map.TS), Factor(map.ST), Factor(map.SS));
    }

    public override void Step(HostRow row, float* gradient, int width, long step, StepRates rates)
    {
        var (μ, λ, η) = ((float)momentum, (float)weightDecay, (float)rates.LearningRate);
        // Plain: θ − η·v. Nesterov's form: θ − η·(g + μ·v).
        var (ofGradient, ofVelocity) = row.First is null ? (-η, 0) : nesterov ? (-η, -η * μ) : (0, -η);
        var i = 0;
        for (; i <= width - Vector<float>.Count; i += Vector<float>.Count)
        {
            var θ = Vector.Load(row.Value + i);
            var g = Vector.FusedMultiplyAdd(new Vector<float>(λ), θ, Vector.Load(gradient + i));
            var v = Vector<float>.Zero;
            if (row.First is not null)
            {
                v = Vector.FusedMultiplyAdd(new Vector<float>(μ), Vector.Load(row.First + i), g);
                v.Store(row.First + i);
            }

            Vector.FusedMultiplyAdd(new Vector<float>(ofVelocity), v, Vector.FusedMultiplyAdd(new Vector<float>(ofGradient), g, θ)).Store(row.Value + i);
        }

        for (; i < width; i++)
        {
            var θ = row.Value[i];
            var g = MathF.FusedMultiplyAdd(λ, θ, gradient[i]);
            var v = 0f;
            if (row.First is not null)
                v = row.First[i] = MathF.FusedMultiplyAdd(μ, row.First[i], g);
            row.Value[i] = MathF.FusedMultiplyAdd(ofVelocity, v, MathF.FusedMultiplyAdd(ofGradient, g, θ));
        }

        RowKernels.Average(row, width, rates.Share);
    }

    public override void CatchUp(DeviceRows rows, ReadOnlySpan<int> then)
    {
        var maps = new RowMap[then.Length];
        for (var i = 0; i < maps.Length; i++)
            maps[i] = _history.Since(then[i]);
        Tensor Of(Func<RowMap, double> factor) => Column(rows.Value.device, maps.Length, i => factor(maps[i]));
        if (rows.Average is { } average)
        {
            average.mul_(Of(m => m.AA)).addcmul_(rows.Value, Of(m => m.AT), Keep(1));
            if (rows.First is not null)
                average.addcmul_(rows.First, Of(m => m.AS), Keep(1));
        }

        if (rows.First is not { } velocity)
        {
            rows.Value.mul_(Of(m => m.TT));
            return;
        }

        var turned = velocity.mul(Of(m => m.SS)).addcmul_(rows.Value, Of(m => m.ST), Keep(1));
        rows.Value.mul_(Of(m => m.TT)).addcmul_(velocity, Of(m => m.TS), Keep(1));
        velocity.copy_(turned);
    }

    public override void Step(DeviceRows rows, Tensor gradient, long step, StepRates rates)
    {
        var direction = gradient.add_(rows.Value, Keep(weightDecay));
        if (rows.First is { } velocity)
        {
            velocity.mul_(Keep(momentum)).Plus_(gradient);
            direction = nesterov ? gradient.add_(velocity, Keep(momentum)) : velocity;
        }

        rows.Value.add_(direction, Keep(-rates.LearningRate));
        rows.Average?.mul_(Keep(1 - rates.Share)).add_(rows.Value, Keep(rates.Share));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(float* value, int width, float factor)
    {
        for (var i = 0; i < width; i++)
            value[i] *= factor;
    }

    private static void Turn(float* value, float* velocity, int width, float tt, float ts, float st, float ss)
    {
        var i = 0;
        for (; i <= width - Vector<float>.Count; i += Vector<float>.Count)
        {
            var (θ, v) = (Vector.Load(value + i), Vector.Load(velocity + i));
            Vector.FusedMultiplyAdd(new Vector<float>(tt), θ, new Vector<float>(ts) * v).Store(value + i);
            Vector.FusedMultiplyAdd(new Vector<float>(st), θ, new Vector<float>(ss) * v).Store(velocity + i);
        }

        for (; i < width; i++)
        {
            var (θ, v) = (value[i], velocity[i]);
            value[i] = MathF.FusedMultiplyAdd(tt, θ, ts * v);
            velocity[i] = MathF.FusedMultiplyAdd(st, θ, ss * v);
        }
    }

    private static void Average(HostRow row, int width, in RowMap map)
    {
        var (at, @as, aa) = (Factor(map.AT), Factor(map.AS), Factor(map.AA));
        for (var i = 0; i < width; i++)
            row.Average[i] = (aa * row.Average[i]) + (at * row.Value[i]) + (row.First is null ? 0 : @as * row.First[i]);
    }
}
