using static TorchSharp.torch;

namespace FlipReg.Regularizers;

/// <summary>
/// Pure tensor functions that several methods share. n rows, K classes; log-probabilities and targets n×K; scales n×1. They are exact for any
/// layout, and fast where all lie by columns, as a training step's logits do.
/// </summary>
internal static class SoftTargets
{
    /// <summary>−log p[y], n×1.</summary>
    public static Tensor CrossEntropy(Tensor logProbabilities, Tensor labels) => logProbabilities.gather(1, labels.view(-1, 1)).neg();

    /// <summary>−Σ_k t_k · log p_k, n×1. The targets need not sum to 1.</summary>
    public static Tensor SoftCrossEntropy(Tensor logProbabilities, Tensor targets) => logProbabilities.mul(targets).sum([1], keepdim: true).neg();

    /// <summary>The matrix with <paramref name="values"/> (n×1) at each row's label and 0 elsewhere, n×K, by columns.</summary>
    public static Tensor AtLabels(Tensor labels, Tensor values, long classes) =>
        zeros([classes, labels.shape[0]], dtype: values.dtype, device: values.device).scatter_(0, labels.view(1, -1), values.t()).t();

    /// <summary>The same matrix, n×K, laid out by columns.</summary>
    public static Tensor ByColumns(Tensor values) => values.t().contiguous().t();
}
