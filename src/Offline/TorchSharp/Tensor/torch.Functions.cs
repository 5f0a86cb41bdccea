#nullable enable
namespace TorchSharp;

// The functions that also exist as methods, and those that take many tensors.
public static partial class torch
{
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Ops.Cat.Call(Several(tensors), dim);
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Ops.Stack.Call(tensors.ToArray(), dim);
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => x.where(condition, y);

    private static Tensor[] Several(IList<Tensor> tensors) => tensors as Tensor[] ?? [.. tensors];
}
