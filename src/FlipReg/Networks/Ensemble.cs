using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>What the members of an ensemble say together: the mean of their probabilities.</summary>
internal static class Ensemble
{
    /// <summary>A member's logits, rows × K, of those of all members, rows × (members · K), member after member.</summary>
    public static Tensor Of(Tensor logits, int member, int members)
    {
        var classes = logits.shape[1] / members;
        return logits.narrow(1, member * classes, classes);
    }

    /// <summary>The logarithm of the members' mean probabilities, rows × K: logits of the ensemble. Those of one network are its own.</summary>
    public static Tensor Logits(Tensor logits, int members) => members == 1
        ? logits
        : Mean(Enumerable.Range(0, members).Select(m => Softmax.Log(Of(logits, m, members))));

    /// <summary>The same from each member's logarithmic probabilities.</summary>
    public static Tensor Mean(IEnumerable<Tensor> logProbabilities)
    {
        var all = stack(logProbabilities);
        return all.logsumexp(0).sub(Keep(Math.Log(all.shape[0])));
    }
}
