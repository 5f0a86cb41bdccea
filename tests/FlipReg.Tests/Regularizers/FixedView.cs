using FlipReg.Data;
using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Tests.Regularizers;

/// <summary>Companions and snapshots whose logits are fixed for each row.</summary>
internal sealed class FixedView(int rows, int classes) : INetworkView
{
    private readonly Tensor _logits = randn([rows, classes], generator: new Generator(77)).mul_(2);
    private bool _taken;

    public Tensor Companions(Batch batch) => _logits.index_select(0, batch.RowIds);

    public Tensor? Snapshot(Batch block) => _taken ? Companions(block) : null;

    public void TakeSnapshot() => _taken = true;
}
