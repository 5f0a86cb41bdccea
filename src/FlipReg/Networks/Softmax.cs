using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>
/// Softmax over the classes, n×K. libtorch takes the rows of a narrow matrix one entry after another (about 20 ns each), but many columns at
/// once: with few classes it pays to turn the matrix, five to ten times with ten of them.
/// </summary>
internal static class Softmax
{
    /// <summary>Classes up to which turning pays.</summary>
    internal const int FewClasses = 32;

    /// <summary>softmax(z), n×K.</summary>
    public static Tensor Of(Tensor logits) => IsNarrow(logits)
        ? nn.functional.softmax(logits.t().contiguous(), 0).t().contiguous()
        : nn.functional.softmax(logits, 1);

    /// <summary>log softmax(z), n×K.</summary>
    public static Tensor Log(Tensor logits) => IsNarrow(logits)
        ? nn.functional.log_softmax(logits.t().contiguous(), 0).t().contiguous()
        : nn.functional.log_softmax(logits, 1);

    private static bool IsNarrow(Tensor logits) => logits.shape[1] <= FewClasses && logits.shape[0] > 1;
}
