namespace Microsoft.ML.Tests.Golden.Training;

/// <summary>Weights of a multinomial logistic regression.</summary>
internal sealed class SoftmaxModel(int classCount, int featureCount)
{
    private readonly float[] _weights = new float[classCount * (featureCount + 1)];

    public int ClassCount => classCount;

    public float[] Score(float[] features)
    {
        var scores = new float[classCount];
        for (int k = 0; k < classCount; k++)
        {
            int row = k * (featureCount + 1);
            scores[k] = _weights[row + featureCount];
            for (int j = 0; j < featureCount; j++)
                scores[k] += _weights[row + j] * features[j];
        }

        float max = scores.Max();
        float logSum = float.IsInfinity(max) ? max : max + MathF.Log(scores.Sum(score => MathF.Exp(score - max)));
        for (int k = 0; k < classCount; k++)
            scores[k] = MathF.Exp(scores[k] - logSum);
        return scores;
    }

    public void Step(int label, float[] features, float rate)
    {
        float[] scores = Score(features);
        for (int k = 0; k < classCount; k++)
        {
            float step = rate * ((k == label ? 1 : 0) - scores[k]);
            int row = k * (featureCount + 1);
            _weights[row + featureCount] += step;
            for (int j = 0; j < featureCount; j++)
                _weights[row + j] += step * features[j];
        }
    }

    /// <summary>The key of the highest score, the first of equals; 0 (missing) if no score is a number.</summary>
    public static uint Best(float[] scores)
    {
        uint best = 0;
        for (uint k = 0; k < scores.Length; k++)
        {
            if (!float.IsNaN(scores[k]) && (best == 0 || scores[k] > scores[best - 1]))
                best = k + 1;
        }

        return best;
    }
}
