using TorchSharp.Interop;

#nullable enable
namespace TorchSharp;

// Views, copies, gathering and scattering, conversions.
public static partial class torch
{
    public partial class Tensor
    {
        public Tensor T => Ops.Transposed.Call(this);
        public Tensor clone() => Ops.Clone.Call(this);
        public Tensor contiguous() => Ops.Contiguous.Call(this);
        public Tensor copy_(Tensor source, bool nonBlocking = false) => Ops.CopyIn.Mutate(this, source, nonBlocking);
        public Tensor detach() => Ops.Detach.Call(this);
        public Tensor expand(params long[] sizes) => Ops.Expand.Call(this, sizes);
        public Tensor expand(long[] sizes, bool isImplicit = false) => Ops.Expand.Call(this, sizes, isImplicit);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Ops.Flatten.Call(this, start_dim, end_dim);
        public Tensor flip(params long[] dims) => Ops.Flip.Call(this, dims);
        public Tensor gather(long dim, Tensor index) => Ops.Gather.Call(this, dim, index);
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) => Ops.IndexAddIn.Mutate(this, dim, Rows(index), source, alpha);
        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Ops.IndexCopyIn.Mutate(this, dim, Rows(index), source);
        public Tensor index_select(long dim, Tensor index) => Ops.IndexSelect.Call(this, dim, index);
        public Tensor masked_fill(Tensor mask, Scalar value) => Ops.MaskedFill.Call(this, mask, value);
        public Tensor masked_fill_(Tensor mask, Scalar value) => Ops.MaskedFillIn.Mutate(this, mask, value);
        public Tensor narrow(long dim, long start, long length) => Ops.Narrow.Call(this, dim, start, length);
        public Tensor permute(params long[] permutation) => Ops.Permute.Call(this, permutation);
        public Tensor pin_memory() => Ops.PinMemory.Call(this);
        public Tensor reshape(params long[] shape) => Ops.Reshape.Call(this, shape);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Ops.ScatterIn.Mutate(this, dim, index, src);
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Ops.ScatterAddIn.Mutate(this, dim, index, src);
        public Tensor select(long dim, long index) => Ops.Select.Call(this, dim, index);
        public Tensor slice(long dim, long start, long finish, long step) => Ops.Slice.Call(this, dim, start, finish, step);
        public Tensor squeeze(long? dim = null) => dim.HasValue ? Ops.SqueezeDim.Call(this, dim.Value) : Ops.Squeeze.Call(this);
        public Tensor t() => Ops.Transposed.Call(this);
        public Tensor transpose(long dim0, long dim1) => Ops.Transpose.Call(this, dim0, dim1);
        public Tensor unsqueeze(long dim) => Ops.Unsqueeze.Call(this, dim);
        public Tensor view(params long[] shape) => Ops.View.Call(this, shape);

        public Tensor[] split(long size, int dim = 0) => Ops.Split.CallList(this, size, dim);
        public Tensor[] split(long[] sizes, long dim = 0) => Ops.SplitSizes.CallList(this, sizes, dim);
        public Tensor[] unbind(long dimension = 0) => Ops.Unbind.CallList(this, dimension);

        // Results whose shape depends on the data wait for the device.
        public Tensor masked_select(Tensor mask) => Waiting(mask.dtype == ScalarType.Bool
            ? Ops.MaskedSelect.Call(this, mask)
            : throw new ArgumentException("The mask tensor must be Boolean."));
        public Tensor nonzero() => Waiting(Ops.NonZero.Call(this));

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(Ops.ToDtype.Call(this, type, non_blocking, copy), disposeAfter);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to_type(type, copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            CountMove(device.type, device.index);
            return Converted(Ops.ToDevice.Call(this, InitializeDevice(device), type, non_blocking, copy), disposeAfter);
        }

        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(dtype, new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(dtype, device, copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(Tensor other, bool non_blocking = false) => to(other.dtype, other.device, non_blocking);

        public Tensor type(ScalarType dtype) => to(dtype);
        public Tensor @bool() => to_type(ScalarType.Bool);
        public Tensor @byte() => to_type(ScalarType.Byte);
        public Tensor @double() => to_type(ScalarType.Float64);
        public Tensor @float() => to_type(ScalarType.Float32);
        public Tensor @int() => to_type(ScalarType.Int32);
        public Tensor @long() => to_type(ScalarType.Int64);

        public Tensor cpu() => Waiting(Ops.ToDevice.Call(this, CPU, dtype));

        public Tensor cuda(Device? device = null, bool non_blocking = false) =>
            device is null || device.type == DeviceType.CUDA
                ? to(device ?? CUDA, non_blocking: non_blocking)
                : throw new ArgumentException("Not a CUDA device.", nameof(device));

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
