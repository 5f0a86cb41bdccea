using FlipReg;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Interop;
using TorchSharp;
using static System.FormattableString;

namespace MLNet.FlipReg.Training;

/// <summary>Chooses the device of a fit from its options and the context.</summary>
internal static class DeviceChoice
{
    /// <exception cref="InvalidOperationException">A GPU was asked for, there is none, and the context does not allow the CPU instead.</exception>
    public static torch.Device Of(TrainingOptions options, IHost host, IChannel channel)
    {
        var asked = HostAccess.GpuDeviceId(host);
        if (options.Device == DeviceKind.Cpu || (options.Device == DeviceKind.Auto && asked is null))
            return torch.CPU;
        var index = asked ?? 0;
        var present = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (index >= 0 && index < present)
            return new torch.Device(DeviceType.CUDA, index);
        var problem = Invariant($"CUDA device {index} must be present. Got {present} CUDA devices.");
        if (!HostAccess.FallbackToCpu(host))
            throw new InvalidOperationException($"{problem} Use a machine and a TorchSharp package with CUDA, set MLContext.FallbackToCpu, or train with Device = DeviceKind.Cpu.");
        channel.Warning(MessageSensitivity.None, $"{problem} Training runs on the CPU.");
        return torch.CPU;
    }
}
