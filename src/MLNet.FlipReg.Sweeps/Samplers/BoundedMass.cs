namespace FlipReg.Sweeps;

/// <summary>The mass of many normal distributions of one width between the same bounds.</summary>
internal static class BoundedMass
{
    /// <summary>Nodes of the table for a width: the error of its cubic pieces is of the order (1/64)⁴ / 384, about 2e-10.</summary>
    private const int NodesPerWidth = 64;

    /// <summary>log(Φ((high − m)/width) − Φ((low − m)/width)) for means m between the bounds; of many means by a table.</summary>
    public static double[] LogMasses(double[] means, double width, double low, double high)
    {
        var nodes = (int)Math.Ceiling((high - low) / width * NodesPerWidth) + 1;
        if (means.Length < 2 * nodes)
            return Array.ConvertAll(means, mean => NormalMath.LogMass((low - mean) / width, (high - mean) / width));
        var step = (high - low) / (nodes - 1);
        var (values, slopes) = (new double[nodes], new double[nodes]);
        for (var i = 0; i < nodes; i++)
        {
            var mean = low + (i * step);
            var (a, b) = ((low - mean) / width, (high - mean) / width);
            values[i] = NormalMath.LogMass(a, b);
            // Times the step: the slope over one piece.
            slopes[i] = (Math.Exp(NormalMath.LogDensity(a, 0, 1) - values[i]) - Math.Exp(NormalMath.LogDensity(b, 0, 1) - values[i])) / width * step;
        }

        var masses = new double[means.Length];
        for (var k = 0; k < means.Length; k++)
        {
            var place = (means[k] - low) / step;
            var i = Math.Clamp((int)place, 0, nodes - 2);
            var t = place - i;
            // Cubic Hermite interpolation.
            var (rise, bend) = (values[i + 1] - values[i], t * (1 - t));
            masses[k] = values[i] + (t * rise) + (bend * (((1 - t) * (slopes[i] - rise)) - (t * (slopes[i + 1] - rise))));
        }

        return masses;
    }
}
