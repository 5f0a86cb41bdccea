using TorchSharp.Interop;

#nullable enable
namespace TorchSharp;

// The functions that also exist as methods, and those that take many tensors.
public static partial class torch
{
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Ops.Cat.Call(Several(tensors), dim);
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Ops.Stack.Call(tensors.ToArray(), dim);
    public static Tensor[] split(Tensor tensor, long[] split_size_or_sections, long dim = 0) => tensor.split(split_size_or_sections, dim);
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => x.where(condition, y);

    public static Tensor abs(Tensor input) => input.abs();
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta, float alpha) => input.addmm(mat1, mat2, beta, alpha);
    public static bool allclose(Tensor tensor, Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
        tensor.allclose(target, rtol, atol, equal_nan);
    public static Tensor argmax(Tensor input) => input.argmax();
    public static Tensor argmax(Tensor input, long dim, bool keepdim = false) => input.argmax(dim, keepdim);
    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);
    public static Tensor exp(Tensor input) => input.exp();
    public static Tensor flip(Tensor input, params long[] dims) => input.flip(dims);
    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);
    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);
    public static Tensor isfinite(Tensor tensor) => tensor.isfinite();
    public static Tensor isnan(Tensor input) => input.isnan();
    public static bool is_floating_point(Tensor input) => input.is_floating_point();
    public static Tensor log(Tensor input) => input.log();
    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);
    public static Tensor max(Tensor input) => input.max();
    public static Tensor max(Tensor input, Tensor other) => input.max(other);
    public static (Tensor values, Tensor indexes) max(Tensor input, long dim, bool keepdim = false) => input.max(dim, keepdim);
    public static Tensor maximum(Tensor input, Tensor other) => input.maximum(other);
    public static Tensor mean(Tensor input) => input.mean();
    public static Tensor mean(Tensor input, long[] dimensions, bool keepdim = false, ScalarType? type = null) => input.mean(dimensions, keepdim, type);
    public static Tensor min(Tensor input) => input.min();
    public static Tensor minimum(Tensor input, Tensor other) => input.minimum(other);
    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);
    public static Tensor pow(Tensor left, Scalar exponent) => left.pow(exponent);
    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
    public static Tensor sqrt(Tensor input) => input.sqrt();
    public static Tensor sum(Tensor input, ScalarType? type = null) => input.sum(type);
    public static Tensor sum(Tensor input, long dim, bool keepdim = false, ScalarType? type = null) => input.sum(dim, keepdim, type);
    public static (Tensor values, Tensor indices) topk(Tensor tensor, int k, int dim = -1, bool largest = true, bool sorted = true) =>
        tensor.topk(k, dim, largest, sorted);

    private static Tensor[] Several(IList<Tensor> tensors) => tensors as Tensor[] ?? [.. tensors];
}
