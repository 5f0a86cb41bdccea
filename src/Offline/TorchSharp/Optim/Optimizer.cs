using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public interface ILearningRateController
            {
                double LearningRate { get; set; }

                double InitialLearningRate { get; set; }
            }

            public interface IMomentum
            {
                double Momentum { get; set; }
            }

            public interface IBetas
            {
                (double, double) Betas { get; set; }
            }

            public abstract class Optimizer : IDisposable
            {
                protected IList<ParamGroup> _parameter_groups;

                // The real one can wrap a native optimizer; here there are none.
                protected Optimizer(nint handle)
                {
                    if (handle != 0)
                        throw new ArgumentException("This build of TorchSharp has no native optimizers. Give 0.", nameof(handle));
                }

                public virtual IEnumerable<ILearningRateController> ParamGroups => _parameter_groups;

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                protected virtual void Dispose(bool disposing)
                {
                }

                public virtual void zero_grad()
                {
                    foreach (var parameter in parameters())
                    {
                        using var grad = parameter.grad;
                        grad?.fill_(0);
                    }
                }

                public virtual Tensor step(Func<Tensor> closure = null) => closure?.Invoke();

                public virtual IEnumerable<Parameter> parameters() => _parameter_groups.SelectMany(group => group.Parameters);

                public virtual void add_param_group(ParamGroup param_group) => _parameter_groups.Add(param_group);

                public class StateDictionary
                {
                    internal StateDictionary()
                    {
                    }

                    public List<OptimizerOptions> Options { get; private set; } = [];

                    public List<OptimizerState> State { get; private set; } = [];

                    public List<List<int>> StateIndexRef { get; private set; } = [];
                }
            }
        }
    }
}

namespace TorchSharp.Modules
{
    public abstract class OptimizerHelper : Optimizer
    {
        protected OptimizerOptions _defaults;
        protected OrderedDict<nint, OptimizerState> _state = new();

        public OptimizerHelper() : base(0)
        {
        }

        public override void zero_grad() => base.zero_grad();

        public override IEnumerable<Parameter> parameters() => base.parameters();

        public override void add_param_group(ParamGroup param_group) => base.add_param_group(param_group);

        public virtual StateDictionary state_dict()
        {
            var result = new StateDictionary();
            foreach (var group in _parameter_groups)
            {
                result.Options.Add(group.Options);
                var places = new List<int>();
                foreach (var parameter in group.Parameters)
                {
                    places.Add(result.State.Count);
                    result.State.Add(_state[parameter.Handle]);
                }
                result.StateIndexRef.Add(places);
            }
            return result;
        }

        public virtual void load_state_dict(StateDictionary state_dict)
        {
            var own = this.state_dict();
            if (state_dict.Options.Count != own.Options.Count)
                throw new ArgumentException("Invalid optimizer state -- different number of parameter groups.");
            if (state_dict.State.Count != own.State.Count)
                throw new ArgumentException("Invalid optimizer state -- different number of states.");
            foreach (var (target, source) in own.Options.Zip(state_dict.Options))
                if (target != source)
                    target.LoadStateDict(source);
            foreach (var (target, source) in own.State.Zip(state_dict.State))
                if (target != source)
                    target.LoadStateDict(source);
        }

        public void to(Device device)
        {
            foreach (var (_, state) in _state)
                state.to(device);
        }

        private protected void DisposeState()
        {
            foreach (var (_, state) in _state)
                (state as IDisposable)?.Dispose();
            _state.Clear();
        }

        protected Tensor _step<T>(Action<T> body, Func<Tensor> loss_closure = null) where T : ParamGroup
        {
            Tensor loss = null;
            if (loss_closure is not null)
            {
                using var withGrad = enable_grad();
                loss = loss_closure();
            }
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            foreach (var group in _parameter_groups)
                body(group as T);
            return loss;
        }

        private protected void Add(ParamGroup group, OptimizerOptions options, Func<Parameter, OptimizerState> newState)
        {
            options.LearningRate ??= _defaults.LearningRate;
            options.InitialLearningRate = options.LearningRate.Value;
            _parameter_groups.Add(group);
            // Usually an iterator over a tree of modules: walked once, not in every step.
            group.Parameters = group.Parameters.ToArray();
            foreach (var parameter in group.Parameters)
            {
                var state = newState(parameter);
                _state[parameter.Handle] = state;
                state.Initialize(options);
            }
        }
    }

    public class OptimizerOptions
    {
        public double? LearningRate { get; set; }

        public double InitialLearningRate { get; set; }

        public virtual void LoadStateDict(OptimizerOptions source) =>
            (InitialLearningRate, LearningRate) = (source.InitialLearningRate, source.LearningRate);
    }

    public abstract class OptimizerState
    {
        protected Parameter _parameter;

        protected OptimizerState(Parameter parameter) => _parameter = parameter;

        public abstract void LoadStateDict(OptimizerState source);

        public abstract void Initialize(OptimizerOptions options);

        public virtual bool ApproximatelyEquals(OptimizerState other) => false;

        public virtual void to(Device device)
        {
        }

        private protected static void Move(ref Tensor tensor, Device device) => tensor = tensor?.to(device, disposeAfter: true).DetachFromDisposeScope();

        private protected void Copy(ref Tensor target, Tensor source)
        {
            target?.Dispose();
            target = source?.to(_parameter.device, copy: true).DetachFromDisposeScope();
        }

        private protected static bool Same(Tensor left, Tensor right) => left is null ? right is null : right is not null && left.allclose(right);
    }

    public class ParamGroup : ILearningRateController
    {
        public IEnumerable<Parameter> Parameters { get; set; }

        public OptimizerOptions Options { get; set; }

        public double LearningRate
        {
            get => Options.LearningRate.Value;
            set => Options.LearningRate = value;
        }

        public double InitialLearningRate
        {
            get => Options.InitialLearningRate;
            set => Options.InitialLearningRate = value;
        }
    }

    public class ParamGroup<TOptions> : ParamGroup where TOptions : OptimizerOptions
    {
        public ParamGroup()
        {
        }

        public ParamGroup(IEnumerable<Parameter> parameters, TOptions options = null) => (Parameters, base.Options) = (parameters, options);

        public new TOptions Options
        {
            get => (TOptions)base.Options;
            set => base.Options = value;
        }
    }
}
