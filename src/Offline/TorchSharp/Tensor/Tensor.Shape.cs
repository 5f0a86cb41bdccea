#nullable enable
namespace TorchSharp;

// Views, copies, gathering and scattering, conversions.
public static partial class torch
{
    public partial class Tensor
    {
        public Tensor clone() => Ops.Clone.Call(this);
        public Tensor contiguous() => Ops.Contiguous.Call(this);
        public Tensor copy_(Tensor source, bool nonBlocking = false) => Ops.CopyIn.Mutate(this, source, nonBlocking);
        public Tensor detach() => Ops.Detach.Call(this);
        public Tensor gather(long dim, Tensor index) => Ops.Gather.Call(this, dim, index);
        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Ops.IndexCopyIn.Mutate(this, dim, Rows(index), source);
        public Tensor index_select(long dim, Tensor index) => Ops.IndexSelect.Call(this, dim, index);
        public Tensor narrow(long dim, long start, long length) => Ops.Narrow.Call(this, dim, start, length);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Ops.ScatterIn.Mutate(this, dim, index, src);
        public Tensor select(long dim, long index) => Ops.Select.Call(this, dim, index);
        public Tensor squeeze(long? dim = null) => dim.HasValue ? Ops.SqueezeDim.Call(this, dim.Value) : Ops.Squeeze.Call(this);
        public Tensor t() => Ops.Transposed.Call(this);
        public Tensor view(params long[] shape) => Ops.View.Call(this, shape);

        public Tensor[] split(long size, int dim = 0) => Ops.Split.CallList(this, size, dim);

        // Results whose shape depends on the data wait for the device.

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(Ops.ToDtype.Call(this, type, non_blocking, copy), disposeAfter);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to_type(type, copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            CountMove(device.type, device.index);
            return Converted(Ops.ToDevice.Call(this, InitializeDevice(device), type, non_blocking, copy), disposeAfter);
        }

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(dtype, device, copy, disposeAfter, non_blocking);

        public Tensor cpu() => Waiting(Ops.ToDevice.Call(this, CPU, dtype));

        private void CountMove(DeviceType type, int index)
        {
            var moved = device_type != type || (index >= 0 && device_index != index && type != DeviceType.CPU);
            if (moved)
                HostSync.Bump();
        }

        internal bool WillMoveOrCast(ScalarType type, Device device) =>
            dtype != type || device_type != device.type || (device.index >= 0 && device.type != DeviceType.CPU && device_index != device.index);

        private Tensor Converted(Tensor result, bool disposeAfter)
        {
            if (disposeAfter)
                Dispose();
            return result;
        }

        private static Tensor Waiting(Tensor result)
        {
            HostSync.Bump();
            return result;
        }

        private static Tensor Rows(Tensor index) =>
            index.dtype == ScalarType.Int64 ? index : throw new ArgumentException("Element type of 'index' must be 'Int64'");
    }
}
