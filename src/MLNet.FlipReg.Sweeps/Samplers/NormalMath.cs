namespace FlipReg.Sweeps;

/// <summary>The normal distribution between two bounds: what the Parzen estimators are made of. Pure functions.</summary>
internal static class NormalMath
{
    private const double HalfLogTwoPi = 0.91893853320467274178;

    /// <summary>log Φ(x), exact far into the lower tail.</summary>
    public static double LogCdf(double x)
    {
        if (x > 6)
            return -Cdf(-x);
        if (x > -14)
            return Math.Log(Cdf(x));
        // Asymptotic series of Φ in the lower tail (Abramowitz and Stegun 26.2.12).
        double sum = 1, term = 1, inverse = 1 / (x * x);
        for (var i = 1; i < 20 && Math.Abs(term) > 1e-17; i++)
        {
            term *= -((2 * i) - 1) * inverse;
            sum += term;
        }

        return (-0.5 * x * x) - Math.Log(-x) - HalfLogTwoPi + Math.Log(sum);
    }

    /// <summary>Φ(x).</summary>
    public static double Cdf(double x) => 0.5 * Erfc(-x * 0.70710678118654752440);

    /// <summary>log(Φ(b) − Φ(a)), a below b.</summary>
    public static double LogMass(double a, double b)
    {
        if (b <= 0)
            return LogDifference(LogCdf(b), LogCdf(a));
        if (a > 0)
            return LogDifference(LogCdf(-a), LogCdf(-b));
        // Either side of 0: what is missing in both tails.
        var tails = Cdf(a) + Cdf(-b);
        return LogOnePlus(-tails);
    }

    /// <summary>log density of a normal distribution cut to [low, high], without the mass between the bounds.</summary>
    public static double LogDensity(double x, double mean, double sigma)
    {
        var z = (x - mean) / sigma;
        return (-0.5 * z * z) - HalfLogTwoPi - Math.Log(sigma);
    }

    /// <summary>The value below which a share u of a normal distribution cut to [a, b] lies.</summary>
    public static double Quantile(double u, double a, double b)
    {
        // In the tail that keeps more digits.
        if (a > 0)
            return -Quantile(1 - u, -b, -a);
        double low = a, high = b;
        var (logMass, logLow) = (LogMass(a, b), LogCdf(a));
        var target = u <= 0 ? double.NegativeInfinity : Math.Log(u) + logMass;
        target = logLow > target ? logLow + LogOnePlus(Math.Exp(target - logLow)) : target + LogOnePlus(Math.Exp(logLow - target));
        for (var i = 0; i < 200 && high - low > 1e-15 * Math.Max(1, Math.Abs(low) + Math.Abs(high)); i++)
        {
            var middle = 0.5 * (Math.Max(low, -1e6) + Math.Min(high, 1e6));
            if (LogCdf(middle) < target)
                low = middle;
            else
                high = middle;
        }

        return Math.Clamp(0.5 * (low + high), a, b);
    }

    /// <summary>log(exp(p) − exp(q)), p above q.</summary>
    private static double LogDifference(double p, double q) => p + LogOnePlus(-Math.Exp(q - p));

    /// <summary>log(1 + x) without loss for small x.</summary>
    private static double LogOnePlus(double x)
    {
        if (Math.Abs(x) > 1e-4)
            return Math.Log(1 + x);
        return x * (1 - (x * (0.5 - (x * (1.0 / 3 - (x * 0.25))))));
    }

    /// <summary>The complementary error function, to a relative error of about 1e-15 (W. J. Cody, "Rational Chebyshev Approximation for the Error Function", Math. Comp. 1969).</summary>
    internal static double Erfc(double x)
    {
        var y = Math.Abs(x);
        if (y <= 0.46875)
            return 1 - ErfSmall(x);
        double result;
        if (y <= 4)
        {
            double numerator = 2.15311535474403846343e-8 * y, denominator = y;
            for (var i = 0; i < 7; i++)
            {
                numerator = (numerator + _c[i]) * y;
                denominator = (denominator + _d[i]) * y;
            }

            result = (numerator + _c[7]) / (denominator + _d[7]);
        }
        else if (y < 26.6)
        {
            var ysq = 1 / (y * y);
            double numerator = 1.63153871373020978498e-2 * ysq, denominator = ysq;
            for (var i = 0; i < 4; i++)
            {
                numerator = (numerator + _p[i]) * ysq;
                denominator = (denominator + _q[i]) * ysq;
            }

            result = ysq * (numerator + _p[4]) / (denominator + _q[4]);
            result = (0.56418958354775628695 - result) / y;
        }
        else
        {
            return x < 0 ? 2 : 0;
        }

        // exp(−y²) in two parts, so that the rounding of y² does not show.
        var rounded = Math.Truncate(y * 16) / 16;
        result *= Math.Exp(-rounded * rounded) * Math.Exp(-(y - rounded) * (y + rounded));
        return x < 0 ? 2 - result : result;
    }

    private static double ErfSmall(double x)
    {
        var y = x * x;
        double numerator = 1.85777706184603152673e-1 * y, denominator = y;
        for (var i = 0; i < 3; i++)
        {
            numerator = (numerator + _a[i]) * y;
            denominator = (denominator + _b[i]) * y;
        }

        return x * (numerator + _a[3]) / (denominator + _b[3]);
    }

    private static readonly double[] _a = [3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3];
    private static readonly double[] _b = [2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];
    private static readonly double[] _c = [5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3];
    private static readonly double[] _d = [1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3];
    private static readonly double[] _p = [3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4];
    private static readonly double[] _q = [2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3];
}
