using System.Runtime.CompilerServices;
using TorchSharp.Utils;

#nullable enable
namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor : IDisposable
    {
        private static long s_totalCount;

        internal nint handle;
        internal int ScopeIndex;
        private DisposeScope? _scope;
        private LeakGuard? _guard;

        internal Tensor(nint handle)
        {
            this.handle = handle;
            Interlocked.Increment(ref s_totalCount);
            var scope = CurrentDisposeScope;
            scope?.Add(this);
            OwningDisposeScope = scope;
        }

        /// <summary>
        /// A tensor in a scope is freed by the scope, so only a tensor outside of any pays for a finalizer.
        /// </summary>
        internal DisposeScope? OwningDisposeScope
        {
            get => _scope;
            set
            {
                _scope = value;
                if (value is null && handle != 0)
                    _guard ??= new LeakGuard(handle);
                else
                    DropGuard();
            }
        }

        public static long TotalCount => Interlocked.Read(ref s_totalCount);

        public bool IsInvalid => handle == 0;

        public nint Handle => handle != 0 ? handle : throw new InvalidOperationException("Tensor invalid -- empty handle.");

        internal nint MoveHandle()
        {
            var owned = handle;
            DropGuard();
            handle = 0;
            return owned;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            _scope?.Remove(this);
            _scope = null;
            if (handle == 0)
                return;
            Interlocked.Decrement(ref s_totalCount);
            td_free(MoveHandle());
        }

        internal void DisposeByScope()
        {
            _scope = null;
            Dispose();
        }

        private void DropGuard()
        {
            if (_guard is null)
                return;
            GC.SuppressFinalize(_guard);
            _guard = null;
        }

        public Tensor MoveToOuterDisposeScope() => _scope?.MoveToOuter(this) ?? this;

        public Tensor DetachFromDisposeScope() => _scope?.Detach(this) ?? this;

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public bool Equals(Tensor target) => target is not null && Ops.EqualAll.Test(this, target);

        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
            target is not null && Ops.AllClose.Test(this, target, rtol, atol, equal_nan);

        public long Dimensions => td_shape(Handle, null, null, 0);

        public long ndim => Dimensions;

        public long NumberOfElements => td_numel(Handle);

        public bool is_contiguous() => td_is_contiguous(Handle) != 0;

        public ScalarType dtype => (ScalarType)td_dtype(Handle);

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public DeviceType device_type => (DeviceType)(int)td_device(Handle);

        public int device_index => (int)(td_device(Handle) >> 32);

        public Device device => Device.Of(td_device(Handle));

        public bool is_cpu() => device_type == DeviceType.CPU;

        public long[] shape
        {
            get
            {
                var ndim = Dimensions;
                if (ndim == 0)
                    return [];
                var sizes = new long[ndim];
                fixed (long* first = sizes)
                    Check((int)td_shape(Handle, first, null, ndim));
                return sizes;
            }
        }

        public long size(int dim)
        {
            var sizes = stackalloc long[64];
            var ndim = td_shape(Handle, sizes, null, 64);
            var index = dim < 0 ? dim + ndim : dim;
            return index >= 0 && index < ndim ? sizes[index] : throw DimensionOutOfRange(dim, ndim);
        }

        public long[] stride()
        {
            var strides = new long[Dimensions];
            var sizes = stackalloc long[64];
            fixed (long* first = strides)
                Check((int)td_shape(Handle, sizes, first, strides.Length));
            return strides;
        }

        // libtorch's words.
        private static System.Runtime.InteropServices.ExternalException DimensionOutOfRange(int dim, long ndim) =>
            new($"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {dim})");

        public bool requires_grad
        {
            get => td_requires_grad(Handle) != 0;
            set => Check(td_set_requires_grad(Handle, value ? 1 : 0));
        }

        public Tensor requires_grad_(bool requires_grad = true) => with_requires_grad(requires_grad);

        public Tensor with_requires_grad(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        internal Tensor Finish(bool requires_grad, string[]? names = null)
        {
            RequireNoNames(names);
            return requires_grad ? with_requires_grad() : this;
        }

        public Tensor? grad
        {
            get
            {
                var found = td_grad(Handle);
                return found == 0 ? null : new Tensor(found);
            }
            set => Check(td_set_grad(Handle, value?.Handle ?? 0));
        }

        public void backward() => autograd.backward([this]);

        // The real library hands the two flags on in the other order. So do we.
        public void backward(IList<Tensor>? grad_tensors = null, bool create_graph = false, bool retain_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, create_graph, retain_graph, inputs);

        public Tensor alias() => new(td_share(Handle));

        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            ValidateType(typeof(T));
            if (is_cpu())
                HostSync.Bump();
            return new TensorAccessor<T>(is_cpu() ? this : cpu());
        }

        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1)
                throw new ArgumentException("Number of elements in the tensor must be 1");
            return data<T>()[0];
        }

        public Scalar ToScalar()
        {
            HostSync.Bump();
            return Ops.LocalScalar.CallScalar(this);
        }

        internal void ValidateType(Type type)
        {
            var ok = dtype switch
            {
                ScalarType.Byte => type == typeof(byte),
                ScalarType.Int8 => type == typeof(sbyte),
                ScalarType.Int16 => type == typeof(short),
                ScalarType.Int32 => type == typeof(int),
                ScalarType.Int64 => type == typeof(long),
                ScalarType.Bool => type == typeof(bool),
                ScalarType.Float16 => type == typeof(Half),
                ScalarType.Float32 => type == typeof(float),
                ScalarType.Float64 => type == typeof(double),
                _ => throw new ArgumentException($"No support for {dtype} in TorchSharp"),
            };
            if (!ok)
                throw new ArgumentException($"{type.Name} is not compatible with {dtype}");
        }

        private sealed class LeakGuard(nint handle)
        {
            ~LeakGuard()
            {
                Interlocked.Decrement(ref s_totalCount);
                td_free(handle);
            }
        }
    }
}
