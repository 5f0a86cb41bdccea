#nullable enable
namespace TorchSharp;

public static unsafe partial class torch
{
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static bool is_grad_enabled() => td_grad_mode() != 0;

    public static DisposeScope NewDisposeScope() => DisposeScopeManager.ThreadSingleton.NewDisposeScope();

    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.ThreadSingleton.CurrentDisposeScope;

    // Holds for the calling thread and for those that first compute later, not for threads already at work; BLAS has one number.
    public static void set_num_threads(int num) => td_set_threads(num);

    public static int get_num_threads() => td_threads();

    public static class autograd
    {
#nullable disable
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor> grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            var (outs, ins, grads) = (Handles(outputs), Handles(inputs), Handles(grad_outputs));
            var results = new nint[ins.Length];
            fixed (nint* o = outs, i = ins, g = grads, r = results)
                Check(td_gradients(o, outs.Length, i, ins.Length, g, grads.Length, retain_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, r));
            GC.KeepAlive((outputs, inputs, grad_outputs));
            return results.Select(handle => new Tensor(handle)).ToList();
        }

        public static void backward(IList<Tensor> tensors, IList<Tensor> grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null)
        {
            var (outs, grads, ins) = (Handles(tensors), Handles(grad_tensors), Handles(inputs));
            fixed (nint* o = outs, g = grads, i = ins)
                Check(td_backward(o, outs.Length, g, grads.Length, i, ins.Length, retain_graph ?? create_graph ? 1 : 0, create_graph ? 1 : 0));
            GC.KeepAlive((tensors, grad_tensors, inputs));
        }

        private static nint[] Handles(IList<Tensor> tensors) => tensors is null ? [] : [.. tensors.Select(tensor => tensor.Handle)];
#nullable restore
    }

    private sealed class GradMode : IDisposable
    {
        private readonly int _before = td_grad_mode();

        public GradMode(bool enabled) => td_set_grad_mode(enabled ? 1 : 0);

        public void Dispose() => td_set_grad_mode(_before);
    }
}
