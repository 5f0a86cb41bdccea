using FlipReg.Data;
using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Metrics;

/// <summary>
/// Counts forgetting events of the training rows: a row was right when the epoch before presented it, and is wrong now (Toneva et al., "An
/// Empirical Study of Example Forgetting", ICLR 2019). Stays on the device until the fit ends.
/// </summary>
internal sealed class ForgettingTracker : IDisposable
{
    /// <summary>Stands for a row that was never right.</summary>
    public const int NeverRight = -1;

    /// <summary>Stands for a row that was set aside for validation.</summary>
    public const int SetAside = -2;

    private readonly Tensor _wasRight;
    private readonly Tensor _everRight;
    private readonly Tensor _events;
    private readonly Tensor _ofEpoch;

    public ForgettingTracker(int rows, Device device)
    {
        using var scope = NewDisposeScope();
        _wasRight = zeros([rows], dtype: int64, device: device).DetachFromDisposeScope();
        _everRight = zeros([rows], dtype: int64, device: device).DetachFromDisposeScope();
        _events = zeros([rows], dtype: int64, device: device).DetachFromDisposeScope();
        _ofEpoch = zeros([1], dtype: int64, device: device).DetachFromDisposeScope();
    }

    /// <summary>Named state tensors.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State => [("was_right", _wasRight), ("ever_right", _everRight), ("events", _events), ("events_of_epoch", _ofEpoch)];

    /// <summary>Takes the outputs that a block's rows were trained with.</summary>
    public void Observe(Batch block, Outputs outputs)
    {
        var right = outputs.Right(block.Labels).to(int64);
        var forgot = _wasRight.index_select(0, block.RowIds).sub(right).clamp_min(Keep(0));
        _ofEpoch.Plus_(forgot.sum());
        _events.index_copy_(0, block.RowIds, _events.index_select(0, block.RowIds).Plus_(forgot));
        _everRight.index_copy_(0, block.RowIds, _everRight.index_select(0, block.RowIds).maximum(right));
        _wasRight.index_copy_(0, block.RowIds, right);
    }

    /// <summary>Events per row of the training table; <see cref="NeverRight"/> for a row that never was.</summary>
    public int[] Read()
    {
        using var scope = NewDisposeScope();
        return [.. where(_everRight.eq(Keep(0)), full_like(_events, Keep(NeverRight)), _events).ToHost<long>().Select(count => (int)count)];
    }

    /// <summary>Events of all rows since the last call, an epoch's. Waits for the device.</summary>
    public long ReadEpoch()
    {
        var events = _ofEpoch.ToHost<long>()[0];
        _ofEpoch.zero_();
        return events;
    }

    public void Dispose()
    {
        _ofEpoch.Dispose();
        _wasRight.Dispose();
        _everRight.Dispose();
        _events.Dispose();
    }
}
