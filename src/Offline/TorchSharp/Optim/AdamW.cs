using static TorchSharp.torch;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static AdamW AdamW(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    public class AdamW : OptimizerHelper
    {
        private readonly double _beta1;
        private readonly double _beta2;
        private readonly double _eps;
        private readonly double _decay;
        private readonly bool _amsgrad;
        private readonly bool _maximize;
        private readonly Dictionary<Parameter, int> _steps = new(ReferenceEqualityComparer.Instance);

        public AdamW(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : base(parameters, lr)
        {
            if (lr < 0)
                throw new ArgumentException($"Invalid learning rate: {lr}");
            if (eps < 0)
                throw new ArgumentException($"Invalid ε: {eps}");
            if (beta1 is < 0 or >= 1)
                throw new ArgumentException($"Invalid beta1: {beta1}");
            if (beta2 is < 0 or >= 1)
                throw new ArgumentException($"Invalid beta2: {beta2}");
            if (weight_decay < 0)
                throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
            (_beta1, _beta2, _eps, _decay, _amsgrad, _maximize) = (beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }

        public override Tensor step(Func<Tensor> closure = null) => Step(closure, Update);

        private void Update(Parameter parameter, Tensor gradient, double rate)
        {
            if (!States.TryGetValue(parameter, out var state))
                States[parameter] = state = [.. Enumerable.Range(0, _amsgrad ? 3 : 2).Select(_ => zeros_like(parameter).DetachFromDisposeScope())];
            var step = _steps[parameter] = _steps.GetValueOrDefault(parameter) + 1;
            var (mean, square) = (state[0], state[1]);
            if (_maximize)
                gradient = gradient.neg();
            Ops.MulIn.Mutate(parameter, 1 - rate * _decay);
            Ops.AddIn.Mutate(Ops.MulIn.Mutate(mean, _beta1), gradient, 1 - _beta1);
            Ops.AddCMulIn.Mutate(Ops.MulIn.Mutate(square, _beta2), gradient, gradient, 1 - _beta2);
            if (_amsgrad)
                square = state[2].copy_(state[2].maximum(square));
            var root = Ops.DivIn.Mutate(square.sqrt(), Math.Sqrt(1 - Math.Pow(_beta2, step)));
            Ops.AddCDivIn.Mutate(parameter, mean, Ops.AddIn.Mutate(root, _eps), -rate / (1 - Math.Pow(_beta1, step)));
        }

        protected override void Dispose(bool disposing) => DisposeStates();
    }
}
