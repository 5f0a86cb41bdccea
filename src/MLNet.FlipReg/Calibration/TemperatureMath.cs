namespace MLNet.FlipReg.Calibration;

/// <summary>Scores at another temperature.</summary>
internal static class TemperatureMath
{
    /// <summary>The least probability that has a logarithm: the smallest normal Single.</summary>
    private const float Least = 1.17549435e-38f;

    /// <summary>A logit for a probability.</summary>
    public static float Logit(float probability) => MathF.Log(Math.Max(probability, Least));

    /// <summary>softmax(log p / T), in place; a probability of 0 stays 0.</summary>
    public static void ScaleProbabilities(Span<float> probabilities, double temperature)
    {
        foreach (ref var p in probabilities)
            p = MathF.Log(p);
        ScaleLogits(probabilities, temperature);
    }

    /// <summary>softmax(z / T), in place.</summary>
    public static void ScaleLogits(Span<float> logits, double temperature)
    {
        var largest = float.NegativeInfinity;
        foreach (var z in logits)
            largest = Math.Max(largest, z);
        double sum = 0;
        foreach (var z in logits)
            sum += Math.Exp((z - largest) / temperature);
        foreach (ref var z in logits)
            z = (float)(Math.Exp((z - largest) / temperature) / sum);
    }
}
