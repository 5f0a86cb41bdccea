using TorchSharp.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

#nullable enable
namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                new Linear(inputSize, outputSize, hasBias).Moved<Linear>(device, dtype);

            public static Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

            public static ReLU ReLU(bool inplace = false) => new(inplace);

            public static BatchNorm1d BatchNorm1d(long features, double eps = 1e-05, double momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null, ScalarType? dtype = null) =>
                new BatchNorm1d(features, eps, momentum, affine, track_running_stats).Moved<BatchNorm1d>(device, dtype);
        }
    }
}

namespace TorchSharp.Modules
{
    public sealed class Linear : nn.Module<Tensor, Tensor>
    {
        internal Linear(long inputSize, long outputSize, bool hasBias) : base(nameof(Linear))
        {
            using var scope = NewDisposeScope();
            var weight = new Parameter(empty(outputSize, inputSize));
            nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
            register_parameter("weight", scope.Detach(weight));
            if (!hasBias)
                return;
            var bias = new Parameter(empty(outputSize));
            var bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
            nn.init.uniform_(bias, -bound, bound);
            register_parameter("bias", scope.Detach(bias));
        }

        public Parameter? bias
        {
            get => Registered("bias")?.Shared();
            set => ConditionallyRegisterParameter("bias", value ?? throw new ArgumentNullException(nameof(value), "bias cannot be set to 'null'"));
        }

        public Parameter? weight
        {
            get => Registered("weight")?.Shared();
            set => ConditionallyRegisterParameter("weight", value ?? throw new ArgumentNullException(nameof(value), "weight cannot be set to 'null'"));
        }

        public override Tensor forward(Tensor tensor) => Ops.Linear.Call(tensor, Registered("weight"), Registered("bias"));
    }

    public sealed class Dropout : nn.Module<Tensor, Tensor>
    {
        private readonly double _p;
        private readonly bool _inplace;

        internal Dropout(double p, bool inplace) : base(nameof(Dropout)) => (_p, _inplace) = (p, inplace);

        public override Tensor forward(Tensor tensor) => nn.functional.dropout(tensor, _p, training, _inplace);

        protected internal override nn.Module _to(Device device, ScalarType dtype, bool non_blocking) => this;

        protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => this;

        protected internal override nn.Module _to(ScalarType dtype, bool non_blocking) => this;
    }

    public sealed class ReLU : nn.Module<Tensor, Tensor>
    {
        private readonly bool _inplace;

        internal ReLU(bool inplace) : base(nameof(ReLU)) => _inplace = inplace;

        public override Tensor forward(Tensor tensor) => nn.functional.relu(tensor, _inplace);

        public override string GetName() => nameof(ReLU);

        protected internal override nn.Module _to(Device device, ScalarType dtype, bool non_blocking) => this;

        protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => this;

        protected internal override nn.Module _to(ScalarType dtype, bool non_blocking) => this;
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

        public Parameter? bias
        {
            get => Registered("bias")?.Shared();
            set => ConditionallyRegisterParameter("bias", value ?? throw new ArgumentNullException(nameof(value), "bias cannot be set to 'null'"));
        }

        public Parameter? weight
        {
            get => Registered("weight")?.Shared();
            set => ConditionallyRegisterParameter("weight", value ?? throw new ArgumentNullException(nameof(value), "weight cannot be set to 'null'"));
        }

        public Tensor? running_mean
        {
            get => Buffer("running_mean")?.alias();
            set => ConditionallyRegisterBuffer("running_mean", value ?? throw new ArgumentNullException(nameof(value), "running_mean cannot be set to 'null'"));
        }

        public Tensor? running_var
        {
            get => Buffer("running_var")?.alias();
            set => ConditionallyRegisterBuffer("running_var", value ?? throw new ArgumentNullException(nameof(value), "running_var cannot be set to 'null'"));
        }

        public Tensor? num_batches_tracked => Buffer("num_batches_tracked")?.alias();

        public override Tensor forward(Tensor tensor)
        {
            if (tensor.Dimensions is < 2 or > 3)
                throw new ArgumentException($"Invalid number of dimensions for BatchNorm argument: {tensor.Dimensions}");
            var mean = Buffer("running_mean");
            if (training)
                Buffer("num_batches_tracked")?.add_(1);
            return Ops.BatchNorm.Call(tensor, Registered("weight"), Registered("bias"), mean, Buffer("running_var"), training || mean is null, _momentum, _eps, true);
        }

        public void reset_running_stats()
        {
            Buffer("running_mean")?.fill_(0);
            Buffer("running_var")?.fill_(1);
            Buffer("num_batches_tracked")?.fill_(0);
        }
    }
}
