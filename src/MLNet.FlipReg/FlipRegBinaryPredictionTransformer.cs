using Microsoft.ML;
using MLNet.FlipReg.Scoring;

namespace FlipReg;

/// <summary>
/// A trained binary classifier as a transformer. It adds three columns: PredictedLabel, a Boolean; Score, a Single, the logit of true minus the logit of
/// false, so that the label is true where it is above 0; and Probability, a Single, the probability of true (0 to 1; softmax of the two logits).
/// </summary>
/// <remarks>
/// A feature that is not a number gives a Score and a Probability that are not numbers, and the PredictedLabel false.
/// <inheritdoc cref="FlipRegPredictionTransformerBase" path="/remarks/node()"/>
/// </remarks>
public sealed partial class FlipRegBinaryPredictionTransformer : FlipRegPredictionTransformerBase, ISingleFeaturePredictionTransformer<FlipRegBinaryModelParameters>
{
    internal FlipRegBinaryPredictionTransformer(FlipRegBinaryModelParameters model, ScoringDevice device)
        : base(device) => Model = model;

    /// <inheritdoc/>
    public override FlipRegBinaryModelParameters Model { get; }
}
