namespace FlipReg;

/// <summary>Rows whose predicted probability is in one range, and how often they came true.</summary>
/// <param name="Lower">Start of the range, outside of it but for 0.</param>
/// <param name="Upper">End of the range, inside.</param>
/// <param name="Rows">Rows in it.</param>
/// <param name="MeanProbability">Mean of their probabilities; 0 where there are none.</param>
/// <param name="Frequency">Share of them for which the prediction is right; 0 where there are none.</param>
public sealed record ReliabilityBin(double Lower, double Upper, long Rows, double MeanProbability, double Frequency)
{
    /// <summary>How far probability and frequency are apart: above 0 where the model is too sure.</summary>
    public double Gap => MeanProbability - Frequency;
}
