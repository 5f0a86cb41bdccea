using TorchSharp.Interop;

#nullable enable
namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor all() => Ops.All.Call(this);
        public Tensor all(long dim, bool keepdim = false) => Ops.AllDim.Call(this, dim, keepdim);
        public Tensor any() => Ops.Any.Call(this);
        public Tensor any(long dim, bool keepdim = false) => Ops.AnyDim.Call(this, dim, keepdim);
        public Tensor argmax() => Ops.ArgMax.Call(this);
        public Tensor argmax(long dim, bool keepdim = false) => Ops.ArgMax.Call(this, dim, keepdim);
        public Tensor argsort(long dim = -1, bool descending = false) => Ops.ArgSort.Call(this, dim, descending);
        public Tensor bincount(Tensor? weights, long minlength = 0) => Waiting(Ops.BinCount.Call(this, weights!, minlength));
        public Tensor cumsum(long dim, ScalarType? type = null) => Ops.CumSum.Call(this, dim, type);
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Ops.LogSoftmax.Call(this, dim, dtype);
        public Tensor logsumexp(long dim, bool keepdim = false) => Ops.LogSumExp.Call(this, (long[])[dim], keepdim);
        public Tensor max() => Ops.Max.Call(this);
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Ops.MaxDim.Call2(this, dim, keepdim);
        public Tensor mean() => Ops.Mean.Call(this);
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => Ops.MeanDim.Call(this, dimensions, keepdim, type);
        public Tensor min() => Ops.Min.Call(this);
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Ops.MinDim.Call2(this, dim, keepdim);
        public Tensor norm(float p = 2) => Ops.Norm.Call(this, p);
        public Tensor norm(int dim, bool keepdim = false, float p = 2) => Ops.NormDim.Call(this, p, (long[])[dim], keepdim);
        public Tensor softmax(long dim, ScalarType? dtype = null) => Ops.Softmax.Call(this, dim, dtype);
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            stable ? Ops.SortStable.Call2(this, stable, dim, descending) : Ops.Sort.Call2(this, dim, descending);
        public Tensor std(bool unbiased = true) => Ops.Std.Call(this, unbiased);
        public Tensor sum(ScalarType? type = null) => Ops.Sum.Call(this, type);
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Ops.SumDim.Call(this, (long[])[dim], keepdim, type);
        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => Ops.SumDim.Call(this, (long[])[dim0, dim1], keepdim, type);
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Ops.SumDim.Call(this, dim, keepdim, type);
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            Ops.TopK.Call2(this, k, dim, largest, sorted);
        public Tensor var(bool unbiased = true) => Ops.Var.Call(this, unbiased);
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
        {
            if (type is null)
                return Ops.VarDim.Call(this, dimensions, unbiased, keepdim);
            using var converted = to_type(type.Value);
            return Ops.VarDim.Call(converted, dimensions, unbiased, keepdim);
        }
    }
}
