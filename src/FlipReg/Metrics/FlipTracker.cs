using static TorchSharp.torch;

namespace FlipReg.Metrics;

/// <summary>
/// Follows which rows were right after which epochs, on the device. WFS (wrong, formerly right): rows right after some earlier epoch and
/// wrong after the latest (Deng et al., AAAI 2022).
/// </summary>
internal sealed class FlipTracker : IDisposable
{
    private readonly Tensor _everRight;

    public FlipTracker(int rows, Device device) => _everRight = zeros([rows], dtype: ScalarType.Bool, device: device).DetachFromDisposeScope();

    /// <summary>Named state tensors.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State => [("ever_right", _everRight)];

    /// <summary>Takes the rows that are right after an epoch (booleans, rows) and returns WFS, a scalar tensor.</summary>
    public Tensor Update(Tensor right)
    {
        var flips = _everRight.logical_and(right.logical_not()).sum();
        _everRight.bitwise_or_(right);
        return flips;
    }

    public void Dispose() => _everRight.Dispose();
}
