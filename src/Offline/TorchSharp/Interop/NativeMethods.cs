using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>The functions of Native/dispatch.cpp.</summary>
/// <remarks>Only short queries that neither throw, lock nor call back suppress the GC transition.</remarks>
internal static unsafe partial class NativeMethods
{
    private const string Library = "torchdispatch";

    [DllImport(Library)] internal static extern nint td_error();
    [DllImport(Library)] internal static extern nint td_find(byte* name, byte* overload);
    [DllImport(Library)] internal static extern int td_call(nint op, NativeArg* args, int count, NativeArg* results, int capacity);
    [DllImport(Library)] internal static extern void td_take_list(nint* tensors);

    [DllImport(Library)] internal static extern void td_free(nint tensor);
    [DllImport(Library), SuppressGCTransition] internal static extern nint td_share(nint tensor);
    [DllImport(Library), SuppressGCTransition] internal static extern long td_shape(nint tensor, long* sizes, long* strides, long capacity);
    [DllImport(Library), SuppressGCTransition] internal static extern long td_numel(nint tensor);
    [DllImport(Library), SuppressGCTransition] internal static extern int td_dtype(nint tensor);
    [DllImport(Library), SuppressGCTransition] internal static extern int td_is_contiguous(nint tensor);
    [DllImport(Library), SuppressGCTransition] internal static extern long td_device(nint tensor);
    [DllImport(Library)] internal static extern nint td_data(nint tensor);

    [DllImport(Library)] internal static extern int td_requires_grad(nint tensor);
    [DllImport(Library)] internal static extern int td_set_requires_grad(nint tensor, int on);
    [DllImport(Library)] internal static extern nint td_grad(nint tensor);
    [DllImport(Library)] internal static extern int td_set_grad(nint tensor, nint grad);
    [DllImport(Library)]
    internal static extern int td_backward(nint* tensors, long count, nint* grads, long gradCount, nint* inputs, long inputCount,
        int retainGraph, int createGraph);
    [DllImport(Library)]
    internal static extern int td_gradients(nint* outputs, long count, nint* inputs, long inputCount, nint* grads, long gradCount,
        int retainGraph, int createGraph, int allowUnused, nint* results);

    [DllImport(Library), SuppressGCTransition] internal static extern int td_grad_mode();
    [DllImport(Library), SuppressGCTransition] internal static extern void td_set_grad_mode(int on);

    [DllImport(Library)] internal static extern nint td_generator(int deviceType, int deviceIndex, ulong seed);
    [DllImport(Library)] internal static extern nint td_default_generator(int deviceType, int deviceIndex);
    [DllImport(Library)] internal static extern void td_free_generator(nint generator);
    [DllImport(Library)] internal static extern ulong td_generator_seed(nint generator);
    [DllImport(Library)] internal static extern void td_set_generator_seed(nint generator, ulong seed);
    [DllImport(Library)] internal static extern nint td_generator_state(nint generator);
    [DllImport(Library)] internal static extern int td_set_generator_state(nint generator, nint state);
    [DllImport(Library)] internal static extern int td_manual_seed(ulong seed);

    [DllImport(Library)] internal static extern int td_threads();
    [DllImport(Library)] internal static extern void td_set_threads(int count);
    [DllImport(Library)] internal static extern int td_cuda_devices();
    [DllImport(Library)] internal static extern int td_cuda_synchronize(int index);

    /// <summary>Throws what the real library throws: an ExternalException with libtorch's message.</summary>
    internal static void Check(int result)
    {
        if (result < 0)
            throw LastError();
    }

    internal static nint Check(nint result) => result != 0 ? result : throw LastError();

    internal static ExternalException LastError() => new(Marshal.PtrToStringUTF8(td_error()));
}
