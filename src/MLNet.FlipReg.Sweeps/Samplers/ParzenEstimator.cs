using System.Numerics;
using System.Numerics.Tensors;

namespace FlipReg.Sweeps;

/// <summary>
/// A mixture of one component for each observation and one, the prior, over the whole space: in each component the parameters are independent, a numeric
/// one normal between its bounds, a categorical one mostly the observed value. As in Optuna 3.1's multivariate form, golden vectors of which test it.
/// </summary>
internal sealed class ParzenEstimator
{
    /// <summary>Whole numbers of a wider range are taken by their density: a unit is less than a fortieth of the narrowest component.</summary>
    private const int TabledWidth = 4096;

    private readonly IReadOnlyList<SweepParameter> _parameters;
    private readonly double[][] _observations;
    private readonly double[] _logWeights;

    /// <param name="parameters">The parameters, at least one.</param>
    /// <param name="observations">For each parameter the observed values, oldest first (<see cref="StudyHistory.Encode"/>).</param>
    public ParzenEstimator(IReadOnlyList<SweepParameter> parameters, double[][] observations)
    {
        (_parameters, Count) = (parameters, observations[0].Length);
        _observations = [.. parameters.Select((parameter, i) => Transform(parameter, observations[i]))];
        Weights = WeightsOf(Count);
        _logWeights = Array.ConvertAll(Weights, Math.Log);
    }

    /// <summary>Observations.</summary>
    public int Count { get; }

    /// <summary>Shares of the components, the prior last; they sum to 1.</summary>
    public double[] Weights { get; }

    /// <summary>Means of a numeric parameter's components on its scale, the prior's last.</summary>
    public double[] Means(int parameter)
    {
        var (low, high) = Bounds(_parameters[parameter]);
        return [.. _observations[parameter], 0.5 * (low + high)];
    }

    /// <summary>Widths of a numeric parameter's components, the prior's last.</summary>
    public double[] Widths(int parameter)
    {
        var (low, high) = Bounds(_parameters[parameter]);
        return [.. Enumerable.Repeat(Width(low, high), Count), high - low];
    }

    /// <summary>Draws points, one value for each parameter, as <see cref="StudyHistory.Encode"/> gives them.</summary>
    public double[][] Sample(Random random, int count)
    {
        var points = new double[count][];
        for (var i = 0; i < count; i++)
        {
            var component = Pick(Weights, random.NextDouble());
            points[i] = [.. _parameters.Select((parameter, p) => Sample(parameter, p, component, random.NextDouble()))];
        }

        return points;
    }

    /// <summary>The logarithm of the density (for whole numbers and choices: of the mass) at points.</summary>
    public double[] LogDensity(IReadOnlyList<double[]> points)
    {
        // Points × components.
        var sums = points.Select(_ => (double[])_logWeights.Clone()).ToArray();
        for (var p = 0; p < _parameters.Count; p++)
        {
            var values = Transform(_parameters[p], [.. points.Select(point => point[p])]);
            if (_parameters[p].Values.Count > 0)
                AddChoices(sums, values, _observations[p], _parameters[p].Values.Count);
            else if (IsWhole(_parameters[p]) && _parameters[p].Maximum - _parameters[p].Minimum < TabledWidth)
                AddWhole(sums, values, p);
            else
                AddReal(sums, values, p);
        }

        return [.. sums.Select(LogSumExp)];
    }

    private static bool IsWhole(SweepParameter parameter) => parameter.Kind == SweepParameterKind.Integer && !parameter.Log;

    private static double LogSumExp(double[] terms)
    {
        var largest = TensorPrimitives.Max(terms);
        TensorPrimitives.Subtract(terms, largest, terms);
        TensorPrimitives.Exp(terms, terms);
        return largest + Math.Log(TensorPrimitives.Sum(terms));
    }

    private void AddChoices(double[][] sums, double[] values, double[] observed, int choices)
    {
        var (hit, miss) = ChoiceShares(choices);
        var (logHit, logMiss, logPrior) = (Math.Log(hit), Math.Log(miss), -Math.Log(choices));
        AddByValue(sums, values, (value, terms) =>
        {
            for (var k = 0; k < observed.Length; k++)
                terms[k] = observed[k] == value ? logHit : logMiss;
            terms[^1] = logPrior;
        });
    }

    private void AddWhole(double[][] sums, double[] values, int parameter)
    {
        var observed = _observations[parameter];
        var (low, high) = Bounds(_parameters[parameter]);
        var width = Width(low, high);
        var minimum = _parameters[parameter].Minimum;
        var size = (int)(_parameters[parameter].Maximum - minimum) + 1;
        var present = new bool[size];
        foreach (var value in observed)
            present[(int)(value - minimum)] = true;
        var table = new double[size];
        AddByValue(sums, values, (value, terms) =>
        {
            for (var k = 0; k < size; k++)
            {
                if (present[k])
                    table[k] = LogUnit(value, minimum + k, width, low, high);
            }

            for (var k = 0; k < observed.Length; k++)
                terms[k] = table[(int)(observed[k] - minimum)];
            terms[^1] = LogUnit(value, 0.5 * (low + high), high - low, low, high);
        });
    }

    /// <summary>Adds what depends on the point's value alone, once for each of few different ones.</summary>
    private void AddByValue(double[][] sums, double[] values, Action<double, double[]> fill)
    {
        var terms = new double[Count + 1];
        foreach (var group in values.Select((value, i) => (value, i)).GroupBy(pair => pair.value, pair => pair.i))
        {
            fill(group.Key, terms);
            foreach (var i in group)
                TensorPrimitives.Add(sums[i], terms, sums[i]);
        }
    }

    private void AddReal(double[][] sums, double[] values, int parameter)
    {
        var observed = _observations[parameter];
        var (low, high) = Bounds(_parameters[parameter]);
        var (width, prior) = (Width(low, high), high - low);
        // What does not depend on the point: the mass of each component between the bounds.
        var constant = BoundedMass.LogMasses(observed, width, low, high);
        var logDensity = NormalMath.LogDensity(0, 0, width);
        for (var k = 0; k < Count; k++)
            constant[k] = logDensity - constant[k];
        var priorConstant = -NormalMath.LogMass(-0.5, 0.5);
        var scale = new Vector<double>(-0.5 / (width * width));
        for (var i = 0; i < values.Length; i++)
        {
            var (row, value) = (sums[i], new Vector<double>(values[i]));
            var k = 0;
            for (; k <= Count - Vector<double>.Count; k += Vector<double>.Count)
            {
                var distance = new Vector<double>(observed, k) - value;
                (new Vector<double>(row, k) + new Vector<double>(constant, k) + (scale * distance * distance)).CopyTo(row, k);
            }

            for (; k < Count; k++)
                row[k] += constant[k] + (scale[0] * (observed[k] - values[i]) * (observed[k] - values[i]));
            row[^1] += NormalMath.LogDensity(values[i], 0.5 * (low + high), prior) + priorConstant;
        }
    }

    /// <summary>log of the mass of a component on a whole number, as a share of that between the bounds.</summary>
    private static double LogUnit(double value, double mean, double width, double low, double high) =>
        NormalMath.LogMass((Math.Max(value - 0.5, low) - mean) / width, (Math.Min(value + 0.5, high) - mean) / width)
        - NormalMath.LogMass((low - mean) / width, (high - mean) / width);

    private double Sample(SweepParameter parameter, int index, int component, double u)
    {
        var isPrior = component == Count;
        if (parameter.Values.Count > 0)
        {
            var choices = parameter.Values.Count;
            if (isPrior)
                return Math.Min((int)(u * choices), choices - 1);
            var (hit, miss) = ChoiceShares(choices);
            return Pick([.. Enumerable.Range(0, choices).Select(c => c == _observations[index][component] ? hit : miss)], u);
        }

        var (low, high) = Bounds(parameter);
        var (mean, width) = isPrior ? (0.5 * (low + high), high - low) : (_observations[index][component], Width(low, high));
        var value = mean + (width * NormalMath.Quantile(u, (low - mean) / width, (high - mean) / width));
        if (parameter.Log)
            value = Math.Exp(value);
        if (parameter.Kind == SweepParameterKind.Integer)
            value = Math.Round(value);
        return Math.Clamp(value, parameter.Minimum, parameter.Maximum);
    }

    private static int Pick(double[] shares, double u)
    {
        double sum = 0;
        for (var i = 0; i < shares.Length; i++)
        {
            sum += shares[i];
            if (u < sum)
                return i;
        }

        return shares.Length - 1;
    }

    /// <summary>Shares of the observed choice and of each other one in a component.</summary>
    private (double Hit, double Miss) ChoiceShares(int choices)
    {
        var prior = 1.0 / (Count + 1);
        var sum = 1 + (choices * prior);
        return ((1 + prior) / sum, prior / sum);
    }

    /// <summary>Scott's rule for several parameters (as in BOHB), but no less than what keeps some room between components.</summary>
    private double Width(double low, double high)
    {
        var scott = 0.2 * Math.Pow(Math.Max(Count, 1), -1.0 / (_parameters.Count + 4)) * (high - low);
        return Math.Clamp(scott, (high - low) / Math.Min(100.0, 2.0 + Count), high - low);
    }

    private static (double Low, double High) Bounds(SweepParameter parameter)
    {
        var half = parameter.Kind == SweepParameterKind.Integer ? 0.5 : 0;
        var (low, high) = (parameter.Minimum - half, parameter.Maximum + half);
        return parameter.Log ? (Math.Log(low), Math.Log(high)) : (low, high);
    }

    private static double[] Transform(SweepParameter parameter, double[] values) => parameter.Log ? Array.ConvertAll(values, Math.Log) : values;

    /// <summary>All alike up to 25; beyond, the 25 newest count fully and the older ones less, the oldest least (Bergstra et al., ICML 2013). The prior counts 1.</summary>
    private static double[] WeightsOf(int count)
    {
        var weights = new double[count + 1];
        var ramp = Math.Max(0, count - 25);
        for (var i = 0; i < count; i++)
            weights[i] = i >= ramp ? 1 : ramp == 1 ? 1.0 / count : (1.0 / count) + (i * (1 - (1.0 / count)) / (ramp - 1));
        weights[count] = 1;
        var sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
