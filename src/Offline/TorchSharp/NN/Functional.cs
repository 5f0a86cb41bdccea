#nullable enable
namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public enum Reduction { None, Mean, Sum }

        public static class functional
        {
            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_().alias() : x.relu();

            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Ops.Linear.Call(input, weights, bias!);

            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                inplace ? Ops.DropoutIn.Mutate(input, p, training).alias() : Ops.Dropout.Call(input, p, training);

            public static Tensor batch_norm(Tensor input, Tensor running_mean, Tensor running_var, Tensor? weight = null, Tensor? bias = null, bool training = false, double momentum = 0.1, double eps = 1e-05) =>
                Ops.BatchNorm.Call(input, weight!, bias!, running_mean, running_var, training, momentum, eps, true);

            public static Tensor one_hot(Tensor x, long num_classes = -1)
            {
                if (x.dtype != ScalarType.Int64)
                    throw new ArgumentException("OneHot input tensor must have elements of type Int64");
                // Without a number of classes the largest label must be read.
                if (num_classes < 0)
                    HostSync.Bump();
                return Ops.OneHot.Call(x, num_classes);
            }

            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Ops.CrossEntropy.Call(input, target, weight!, (long)reduction, ignore_index, label_smoothing);
        }
    }
}
