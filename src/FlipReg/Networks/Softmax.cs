using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>
/// Softmax over the classes, n×K. libtorch takes the rows of a narrow matrix one entry after another (about 20 ns each), but many columns at
/// once: with few classes it pays to turn the matrix, five to ten times with ten of them. Logits of a training step lie by columns from the start.
/// </summary>
internal static class Softmax
{
    /// <summary>Classes up to which turning pays.</summary>
    internal const int FewClasses = 32;

    /// <summary>softmax(z), n×K; lies by columns where that is faster.</summary>
    public static Tensor Of(Tensor logits) => StaysByRows(logits)
        ? nn.functional.softmax(logits, 1)
        : nn.functional.softmax(logits.t(), 0).t();

    /// <summary>log softmax(z), n×K; lies by columns where that is faster.</summary>
    public static Tensor Log(Tensor logits) => StaysByRows(logits)
        ? nn.functional.log_softmax(logits, 1)
        : nn.functional.log_softmax(logits.t(), 0).t();

    private static bool StaysByRows(Tensor logits) => logits.is_contiguous() && (logits.size(1) > FewClasses || logits.size(0) == 1);
}
