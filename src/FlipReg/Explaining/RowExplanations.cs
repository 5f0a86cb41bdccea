namespace FlipReg.Explaining;

/// <summary>What integrated gradients found of rows.</summary>
/// <param name="Contributions">Contributions, row by row, one per column.</param>
/// <param name="Classes">The class whose logit is explained; −1 where a row has none, as its logits are not numbers.</param>
/// <param name="BaselineLogits">That class's logit at the baseline.</param>
/// <param name="Logits">That class's logit at the row.</param>
internal sealed record RowExplanations(float[] Contributions, int[] Classes, float[] BaselineLogits, float[] Logits);
