using TorchSharp.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static SGD SGD(IEnumerable<Parameter> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            public static SGD SGD(IEnumerable<(string name, Parameter parameter)> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters.Select(named => named.parameter), learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            public static SGD SGD(IEnumerable<SGD.ParamGroup> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    public class SGD : OptimizerHelper, IMomentum
    {
        public SGD(IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
            : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay, nesterov, maximize)
        {
        }

        public SGD(IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
        {
            if (lr < 0)
                throw new ArgumentException($"Invalid learning rate: {lr}");
            if (momentum < 0)
                throw new ArgumentException($"Invalid momentum value: {momentum}");
            if (weight_decay < 0)
                throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
            if (nesterov && (momentum <= 0 || dampening != 0))
                throw new ArgumentException("Nesterov momentum requires a momentum and zero dampening");
            _defaults = new Options
            {
                LearningRate = lr,
                InitialLearningRate = lr,
                momentum = momentum,
                dampening = dampening,
                weight_decay = weight_decay,
                nesterov = nesterov,
                maximize = maximize,
            };
            _parameter_groups = [];
            foreach (var group in parameters)
                add_param_group(group);
        }

        public double Momentum
        {
            get => ((Options)_defaults).momentum.Value;
            set => ((Options)_defaults).momentum = value;
        }

        public override Tensor step(Func<Tensor> closure = null) => _step<ParamGroup>(Step, closure);

        private void Step(ParamGroup group)
        {
            var options = group.Options;
            var (momentum, rate, decay) = (options.momentum.Value, options.LearningRate.Value, options.weight_decay.Value);
            var alpha = options.maximize.Value ? rate : -rate;
            foreach (var parameter in group.Parameters)
            {
                var gradient = parameter.grad;
                if (gradient is null)
                    continue;
                if (decay != 0)
                    gradient = Ops.Add.Call(gradient, parameter, decay);
                if (momentum != 0)
                {
                    var state = (State)_state[parameter.handle];
                    if (state.momentum_buffer is null)
                        state.momentum_buffer = gradient.clone().DetachFromDisposeScope();
                    else
                        Ops.AddIn.Mutate(Ops.MulScalarIn.Mutate(state.momentum_buffer, momentum), gradient, 1 - options.dampening.Value);
                    gradient = options.nesterov.Value ? Ops.Add.Call(gradient, state.momentum_buffer, momentum) : state.momentum_buffer;
                }
                Ops.AddIn.Mutate(parameter, gradient, alpha);
            }
        }

        public override void add_param_group(Modules.ParamGroup param_group)
        {
            var (defaults, options) = ((Options)_defaults, (Options)(param_group.Options ??= new Options()));
            options.momentum ??= defaults.momentum;
            options.dampening ??= defaults.dampening;
            options.weight_decay ??= defaults.weight_decay;
            options.nesterov ??= defaults.nesterov;
            options.maximize ??= defaults.maximize;
            Add(param_group, options, parameter => new State(parameter));
        }

        protected override void Dispose(bool disposing) => DisposeState();

        public sealed class State : OptimizerState, IDisposable
        {
            public Tensor momentum_buffer;

            public State(Parameter parameter) : base(parameter)
            {
            }

            public void Dispose() => momentum_buffer?.Dispose();

            public override void Initialize(OptimizerOptions options)
            {
                momentum_buffer?.Dispose();
                momentum_buffer = null;
            }

            public override void LoadStateDict(OptimizerState source) => Copy(ref momentum_buffer, ((State)source).momentum_buffer);

            public override bool ApproximatelyEquals(OptimizerState other) => other is State state && Same(momentum_buffer, state.momentum_buffer);

            public override void to(Device device) => Move(ref momentum_buffer, device);
        }

        public class Options : OptimizerOptions
        {
            public double? momentum;
            public double? dampening;
            public double? weight_decay;
            public bool? nesterov;
            public bool? maximize;

            public override void LoadStateDict(OptimizerOptions source)
            {
                base.LoadStateDict(source);
                var other = (Options)source;
                (momentum, dampening, weight_decay) = (other.momentum, other.dampening, other.weight_decay);
                (nesterov, maximize) = (other.nesterov, other.maximize);
            }
        }

        public class ParamGroup : ParamGroup<Options>, IMomentum
        {
            public ParamGroup()
            {
            }

            public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options)
            {
            }

            public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-3, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
                : base(parameters, new Options { LearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay, nesterov = nesterov, maximize = maximize })
            {
            }

            public double Momentum
            {
                get => Options.momentum.Value;
                set => Options.momentum = value;
            }
        }
    }
}
