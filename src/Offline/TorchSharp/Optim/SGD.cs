using static TorchSharp.torch;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static SGD SGD(IEnumerable<Parameter> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    public class SGD : OptimizerHelper
    {
        private readonly double _momentum;
        private readonly double _dampening;
        private readonly double _decay;
        private readonly bool _nesterov;
        private readonly bool _maximize;

        public SGD(IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
            : base(parameters, lr)
        {
            if (lr < 0)
                throw new ArgumentException($"Invalid learning rate: {lr}");
            if (momentum < 0)
                throw new ArgumentException($"Invalid momentum value: {momentum}");
            if (weight_decay < 0)
                throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
            if (nesterov && (momentum <= 0 || dampening != 0))
                throw new ArgumentException("Nesterov momentum requires a momentum and zero dampening");
            (_momentum, _dampening, _decay, _nesterov, _maximize) = (momentum, dampening, weight_decay, nesterov, maximize);
        }

        public override Tensor step(Func<Tensor> closure = null) => Step(closure, Update);

        private void Update(Parameter parameter, Tensor gradient, double rate)
        {
            if (_decay != 0)
                gradient = Ops.Add.Call(gradient, parameter, _decay);
            if (_momentum != 0)
            {
                if (States.TryGetValue(parameter, out var state))
                    Ops.AddIn.Mutate(Ops.MulIn.Mutate(state[0], _momentum), gradient, 1 - _dampening);
                else
                    States[parameter] = state = [gradient.clone().DetachFromDisposeScope()];
                gradient = _nesterov ? Ops.Add.Call(gradient, state[0], _momentum) : state[0];
            }
            Ops.AddIn.Mutate(parameter, gradient, _maximize ? rate : -rate);
        }

        protected override void Dispose(bool disposing) => DisposeStates();
    }
}
