using static TorchSharp.torch;

#nullable enable
namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                (Linear)new Linear(inputSize, outputSize, hasBias).Move(device, dtype);

            public static Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

            public static ReLU ReLU(bool inplace = false) => new(inplace);

            public static BatchNorm1d BatchNorm1d(long features, double eps = 1e-05, double momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null, ScalarType? dtype = null) =>
                (BatchNorm1d)new BatchNorm1d(features, eps, momentum, affine, track_running_stats).Move(device, dtype);
        }
    }
}

// The getters of parameters and buffers return another object for the same tensor, as the real ones: a caller may dispose it.
namespace TorchSharp.Modules
{
    public sealed class Linear : nn.Module<Tensor, Tensor>
    {
        internal Linear(long inputSize, long outputSize, bool hasBias) : base(nameof(Linear))
        {
            using var scope = NewDisposeScope();
            register_parameter("weight", scope.Detach(new Parameter(empty(outputSize, inputSize))));
            nn.init.kaiming_uniform_(FindParameter("weight"), Math.Sqrt(5));
            if (!hasBias)
                return;
            var bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
            register_parameter("bias", scope.Detach(new Parameter(empty(outputSize))));
            nn.init.uniform_(FindParameter("bias"), -bound, bound);
        }

        public Parameter? bias
        {
            get => FindParameter("bias")?.Shared();
            set => ConditionallyRegisterParameter("bias", value ?? throw new ArgumentNullException(nameof(value), "bias cannot be set to 'null'"));
        }

        public Parameter? weight
        {
            get => FindParameter("weight")?.Shared();
            set => ConditionallyRegisterParameter("weight", value ?? throw new ArgumentNullException(nameof(value), "weight cannot be set to 'null'"));
        }

        public override Tensor forward(Tensor tensor) => Ops.Linear.Call(tensor, FindParameter("weight"), FindParameter("bias"));
    }

    public sealed class Dropout : nn.Module<Tensor, Tensor>
    {
        private readonly double _p;
        private readonly bool _inplace;

        internal Dropout(double p, bool inplace) : base(nameof(Dropout)) => (_p, _inplace) = (p, inplace);

        public override Tensor forward(Tensor tensor) => nn.functional.dropout(tensor, _p, training, _inplace);
    }

    public sealed class ReLU : nn.Module<Tensor, Tensor>
    {
        private readonly bool _inplace;

        internal ReLU(bool inplace) : base(nameof(ReLU)) => _inplace = inplace;

        public override Tensor forward(Tensor tensor) => nn.functional.relu(tensor, _inplace);
    }

    public sealed class BatchNorm1d : nn.Module<Tensor, Tensor>
    {
        private readonly double _eps;
        private readonly double _momentum;

        internal BatchNorm1d(long features, double eps, double momentum, bool affine, bool track_running_stats) : base(nameof(BatchNorm1d))
        {
            (_eps, _momentum) = (eps, momentum);
            using var scope = NewDisposeScope();
            if (affine)
            {
                register_parameter("weight", scope.Detach(new Parameter(ones(features))));
                register_parameter("bias", scope.Detach(new Parameter(zeros(features))));
            }
            if (!track_running_stats)
                return;
            register_buffer("running_mean", scope.Detach(zeros(features)));
            register_buffer("running_var", scope.Detach(ones(features)));
            register_buffer("num_batches_tracked", scope.Detach(tensor(0L)));
        }

        public override Tensor forward(Tensor tensor)
        {
            if (tensor.Dimensions is < 2 or > 3)
                throw new ArgumentException($"Invalid number of dimensions for BatchNorm argument: {tensor.Dimensions}");
            var mean = FindBuffer("running_mean");
            if (training)
                FindBuffer("num_batches_tracked")?.add_(1);
            return nn.functional.batch_norm(tensor, mean, FindBuffer("running_var"), FindParameter("weight"), FindParameter("bias"), training || mean is null, _momentum, _eps);
        }
    }
}
