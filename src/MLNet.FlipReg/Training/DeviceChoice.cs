using FlipReg;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Interop;
using TorchSharp;
using static System.FormattableString;

namespace MLNet.FlipReg.Training;

/// <summary>Chooses the device of a fit from its options and the context, and the rule that training and scoring share.</summary>
internal static class DeviceChoice
{
    /// <exception cref="InvalidOperationException">A GPU was asked for, there is none, and the context does not allow the CPU instead.</exception>
    public static torch.Device Of(TrainingOptions options, IHost host, IChannel channel)
    {
        var asked = HostAccess.GpuDeviceId(host);
        if (options.Device == DeviceKind.Cpu || (options.Device == DeviceKind.Auto && asked is null))
            return torch.CPU;
        return Of(asked ?? 0, PresentGpus(), HostAccess.FallbackToCpu(host), "train with Device = DeviceKind.Cpu",
            problem => channel.Warning(MessageSensitivity.None, $"{problem} Training runs on the CPU."));
    }

    /// <summary>A GPU by its index, or the CPU where the GPU is absent and the context allows that.</summary>
    /// <param name="index">The GPU asked for.</param>
    /// <param name="present">GPUs there are.</param>
    /// <param name="mayFallBack">Whether the CPU may serve instead.</param>
    /// <param name="remedy">What else the caller can do about an absent GPU.</param>
    /// <param name="warn">Is told where the CPU serves instead.</param>
    /// <exception cref="InvalidOperationException">The GPU is absent, and the CPU may not serve.</exception>
    public static torch.Device Of(int index, int present, bool mayFallBack, string remedy, Action<string> warn)
    {
        if (index >= 0 && index < present)
            return new torch.Device(DeviceType.CUDA, index);
        var problem = Invariant($"CUDA device {index} must be present. Got {present} CUDA devices.");
        if (!mayFallBack)
            throw new InvalidOperationException($"{problem} Use a machine and a TorchSharp package with CUDA, set MLContext.FallbackToCpu, or {remedy}.");
        warn(problem);
        return torch.CPU;
    }

    /// <summary>GPUs there are.</summary>
    public static int PresentGpus() => torch.cuda.is_available() ? torch.cuda.device_count() : 0;
}
