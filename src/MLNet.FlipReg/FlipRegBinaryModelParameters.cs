using MLNet.FlipReg.Scoring;

namespace FlipReg;

/// <summary>
/// What a trained binary classifier consists of. Its network has two outputs, the logits of false and of true, and <see cref="FlipRegModelParameters.ClassNames"/>
/// are "False" and "True".
/// </summary>
/// <remarks>
/// As an ONNX model alone (SaveOnnx) it has other outputs than a multiclass one: PredictedLabel, Boolean, N; Score, float, N, the
/// logit of true minus the logit of false; Probability, float, N, of true; on request Logits, float N×2.
/// </remarks>
public sealed partial class FlipRegBinaryModelParameters : FlipRegModelParameters
{
    internal FlipRegBinaryModelParameters(ModelContent content)
        : base(content, ScoreKind.Binary)
    {
    }
}
