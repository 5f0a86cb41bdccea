using Microsoft.ML.Runtime;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Training;
using TorchSharp;

namespace MLNet.FlipReg.Scoring;

/// <summary>
/// Where a transformer scores batches: on the GPU that the context named when the model was trained or loaded, else on the CPU. Where it was
/// trained plays no part. Whether the GPU is there is looked up when it is first needed, so that a model loads anywhere.
/// </summary>
internal sealed class ScoringDevice
{
    private readonly IHostEnvironment _environment;
    private readonly Func<int> _presentGpus;
    private readonly int? _asked;
    private readonly bool _mayFallBack;
    private torch.Device? _chosen;

    public ScoringDevice(IHostEnvironment environment, Func<int>? presentGpus = null)
    {
        (_environment, _presentGpus) = (environment, presentGpus ?? DeviceChoice.PresentGpus);
        (_asked, _mayFallBack) = (HostAccess.GpuDeviceId(environment), HostAccess.FallbackToCpu(environment));
    }

    /// <summary>The device; chosen once, so that a context that allows the CPU instead is told once.</summary>
    /// <exception cref="InvalidOperationException">The context names a GPU that is absent, and does not allow the CPU instead.</exception>
    public torch.Device Choose()
    {
        if (_asked is not { } index)
            return torch.CPU;
        return _chosen ??= DeviceChoice.Of(index, _presentGpus(), _mayFallBack, "load the model in a context without GpuDeviceId", Warn);
    }

    private void Warn(string problem)
    {
        using var channel = _environment.Start("Scoring");
        channel.Warning(MessageSensitivity.None, $"{problem} Scoring runs on the CPU.");
    }
}
