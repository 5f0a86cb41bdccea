namespace TorchSharp;

public enum DeviceType
{
    CPU = 0, CUDA = 1, MKLDNN = 2, OPENGL = 3, OPENCL = 4, IDEEP = 5, HIP = 6, FPGA = 7, MSNPU = 8, XLA = 9, MPS = 13, META = 14,
}

public static partial class torch
{
    public enum ScalarType : sbyte
    {
        Byte = 0, Int8 = 1, Int16 = 2, Int32 = 3, Int64 = 4, Float16 = 5, Float32 = 6, Float64 = 7, ComplexFloat32 = 9, ComplexFloat64 = 10,
        Bool = 11, BFloat16 = 15,
    }

    public static ScalarType uint8 = ScalarType.Byte;
    public static ScalarType int32 = ScalarType.Int32;
    public static ScalarType int64 = ScalarType.Int64;
    public static ScalarType float32 = ScalarType.Float32;
    public static ScalarType float64 = ScalarType.Float64;
    public static ScalarType @bool = ScalarType.Bool;

    public static ScalarType get_default_dtype() => ScalarType.Float32;

    public static bool is_integral(ScalarType type) => type is <= ScalarType.Int64 or ScalarType.Bool;

    public static bool is_floating_point(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;

    public class Device
    {
        private static readonly System.Collections.Concurrent.ConcurrentDictionary<long, Device> s_known = new();

        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index);

        public DeviceType type { get; private set; }

        public int index { get; private set; }

        internal static Device Of(long packed) => packed == -1L << 32
            ? CPU
            : s_known.GetOrAdd(packed, static key => new Device((DeviceType)(int)key, (int)(key >> 32)));

        public override string ToString()
        {
            var name = type.ToString().ToLowerInvariant();
            return type == DeviceType.CPU || index == -1 ? name : $"{name}:{index}";
        }
    }

    public static readonly Device CPU = new(DeviceType.CPU);

    internal static Device InitializeDevice(Device device)
    {
        if (device is not null && device.type != DeviceType.CPU && !(device.type == DeviceType.CUDA && cuda.is_available()))
            throw new InvalidOperationException($"Torch device type {device.type} did not initialise on the current machine.");
        return device ?? CPU;
    }

    public static class cuda
    {
        private static int s_devices = -1;

        public static bool is_available() => device_count() > 0;

        public static int device_count() => s_devices >= 0 ? s_devices : s_devices = td_cuda_devices();

        public static void synchronize(Device device = null)
        {
            HostSync.Bump();
            Check(td_cuda_synchronize(device?.index ?? -1));
        }
    }
}
