#nullable enable
namespace TorchSharp;

public static partial class torch
{
    public class Generator : IDisposable
    {
        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = InitializeDevice(device);
            Handle = Check(td_generator((int)this.device.type, this.device.index, seed));
        }

        ~Generator() => Dispose(false);

        private Generator(Device device, nint handle) => (this.device, Handle) = (device, Check(handle));

        public static Generator Default => new(CPU, td_default_generator((int)DeviceType.CPU, -1));

        public nint Handle { get; private set; }

        public Device device { get; private set; }

        public Tensor get_state() => new(Check(td_generator_state(Handle)));

        public void set_state(Tensor value) => Check(td_set_generator_state(Handle, value?.Handle ?? 0));

        public Generator manual_seed(long seed)
        {
            td_set_generator_seed(Handle, (ulong)seed);
            return this;
        }

        public long initial_seed() => (long)td_generator_seed(Handle);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (Handle == 0)
                return;
            var owned = Handle;
            Handle = 0;
            td_free_generator(owned);
        }
    }

    public static Generator manual_seed(long seed) => random.manual_seed(seed);

    public static class random
    {
        public static Generator manual_seed(long seed)
        {
            Check(td_manual_seed((ulong)seed));
            return Generator.Default;
        }
    }
}
