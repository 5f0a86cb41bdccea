using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers;

/// <summary>What a method asks of the network beside the logits of its steps.</summary>
[Flags]
internal enum NetworkNeeds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Logits of other rows of the steps' classes.</summary>
    Companions = 1,

    /// <summary>Logits by an earlier state of the network.</summary>
    Snapshot = 2,
}

/// <summary>Further forward passes that the loop makes for a method that has <see cref="Regularizer.Needs"/>, without gradients. Running statistics stay as they are.</summary>
internal interface INetworkView
{
    /// <summary>
    /// Logits, n×K, of another row of each row's class, drawn anew every epoch, by the network as a step finds it; of a block, as its steps found it. A row that is alone in its class
    /// is its own companion.
    /// </summary>
    Tensor Companions(Batch batch);

    /// <summary>Logits, n×K, of a block's rows by the network as it was at the latest <see cref="TakeSnapshot"/>, or null where there was none.</summary>
    Tensor? Snapshot(Batch block);

    /// <summary>Keeps the network as it is, in place of what was kept before.</summary>
    void TakeSnapshot();
}
