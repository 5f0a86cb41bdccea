using Microsoft.ML.Data;
using Microsoft.ML.Tests.Golden.Training;

namespace Microsoft.ML.Tests.Golden.Scenarios;

/// <summary>The training data and the chain that several scenarios share: 60 rows of three colours.</summary>
internal static class ColorModel
{
    private static readonly string[] _labels = ["red", "green", "blue"];

    public static FeatIn[] Rows { get; } = [.. Enumerable.Range(0, 60).Select(Row)];

    public static IDataView View(MLContext ml) => ml.Data.LoadFromEnumerable(Rows);

    /// <summary>MapValueToKey, Concatenate, NormalizeMinMax.</summary>
    public static EstimatorChain<ITransformer> Featurizer(MLContext ml) =>
        new EstimatorChain<ITransformer>()
            .Append((IEstimator<ITransformer>)ml.Transforms.Conversion.MapValueToKey("Label"))
            .Append((IEstimator<ITransformer>)ml.Transforms.Concatenate("Features", "X1", "X2"))
            .Append((IEstimator<ITransformer>)ml.Transforms.NormalizeMinMax("Features"));

    /// <summary>The featurizer and a trainer, ours in place of SdcaMaximumEntropy.</summary>
    public static EstimatorChain<SoftmaxTransformer> Trainer(MLContext ml) => Featurizer(ml).Append(new SoftmaxTrainer(ml));

    /// <summary>The whole chain, with text for the predicted label.</summary>
    public static IEstimator<ITransformer> Chain(MLContext ml) =>
        Trainer(ml).Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    private static FeatIn Row(int i)
    {
        int k = i % 3;
        return new FeatIn
        {
            X1 = k * 2 + i * 7 % 10 / 20f,
            X2 = (k == 1 ? 3 : 0) + i * 3 % 10 / 20f,
            Label = _labels[k],
        };
    }
}

internal sealed class FeatIn
{
    public float X1;
    public float X2;
    public string? Label;
}
