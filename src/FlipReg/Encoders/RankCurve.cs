namespace FlipReg.Encoders;

/// <summary>
/// A slot's rank as a standard normal value: linear between knots, constant beyond them. All in Single, in an order of operations that ONNX repeats.
/// </summary>
internal sealed class RankCurve
{
    /// <summary>Slopes are at least this: 0 times a difference that overflows would not be a number.</summary>
    private const float SmallestSlope = 1e-30f;

    private readonly float[] _knots;
    private readonly float[] _normals;
    private readonly float[] _slopes;

    /// <param name="knots">Ascending values, at least one.</param>
    /// <param name="normals">Their normal values, ascending.</param>
    public RankCurve(float[] knots, float[] normals)
    {
        (_knots, _normals, _slopes) = (knots, normals, new float[knots.Length]);
        for (var i = 0; i < knots.Length; i++)
            _slopes[i] = i + 1 < knots.Length ? (float)Math.Clamp((normals[i + 1] - (double)normals[i]) / (knots[i + 1] - (double)knots[i]), SmallestSlope, float.MaxValue) : SmallestSlope;
    }

    /// <summary>The knots.</summary>
    public IReadOnlyList<float> Knots => _knots;

    /// <summary>Normal values at the knots.</summary>
    public IReadOnlyList<float> Normals => _normals;

    /// <summary>Slopes from each knot to the next.</summary>
    public IReadOnlyList<float> Slopes => _slopes;

    /// <summary>The slope at a number: 0 beyond the ends.</summary>
    public float SlopeAt(float value) => value >= _knots[0] && value < _knots[^1] ? _slopes[Segment(value)] : 0;

    /// <summary>The normal value of a number.</summary>
    public float At(float value)
    {
        var at = Segment(value);
        var next = Math.Min(at + 1, _knots.Length - 1);
        return Math.Min(Math.Max(_normals[at] + ((value - _knots[at]) * _slopes[at]), _normals[at]), _normals[next]);
    }

    /// <summary>The last knot that is not above the value, else the first.</summary>
    private int Segment(float value)
    {
        var at = 0;
        for (var (low, high) = (0, _knots.Length - 1); low <= high;)
        {
            var middle = (low + high) >> 1;
            if (_knots[middle] <= value)
                (at, low) = (middle, middle + 1);
            else
                high = middle - 1;
        }

        return at;
    }
}
