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

            public abstract class Optimizer : IDisposable
            {
                protected IList<ParamGroup> _parameter_groups = [];

                internal Optimizer()
                {
                }

                public virtual IEnumerable<ILearningRateController> ParamGroups => _parameter_groups;

                public virtual IEnumerable<Parameter> parameters() => _parameter_groups.SelectMany(group => group.Parameters);

                public virtual Tensor step(Func<Tensor> closure = null) => closure?.Invoke();

                public virtual void zero_grad()
                {
                    foreach (var parameter in parameters())
                    {
                        using var grad = parameter.grad;
                        grad?.fill_(0);
                    }
                }

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                protected virtual void Dispose(bool disposing)
                {
                }
            }
        }
    }
}

namespace TorchSharp.Modules
{
    public abstract class OptimizerHelper : Optimizer
    {
        /// <summary>The tensors an optimizer keeps for each parameter, in no dispose scope.</summary>
        private protected readonly Dictionary<Parameter, Tensor[]> States = new(ReferenceEqualityComparer.Instance);

        internal OptimizerHelper(IEnumerable<Parameter> parameters, double lr) =>
            // Usually an iterator over a tree of modules: walked once, not in every step.
            _parameter_groups.Add(new ParamGroup { Parameters = parameters.ToArray(), LearningRate = lr, InitialLearningRate = lr });

        /// <summary>Runs the body for every parameter that has a gradient.</summary>
        private protected Tensor Step(Func<Tensor> closure, Action<Parameter, Tensor, double> body)
        {
            Tensor loss = null;
            if (closure is not null)
            {
                using var withGrad = enable_grad();
                loss = closure();
            }
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            foreach (var group in _parameter_groups)
                foreach (var parameter in (Parameter[])group.Parameters)
                    if (parameter.grad is { } gradient)
                        body(parameter, gradient, group.LearningRate);
            return loss;
        }

        private protected void DisposeStates()
        {
            foreach (var tensor in States.Values.SelectMany(tensors => tensors))
                tensor.Dispose();
            States.Clear();
        }
    }

    public class ParamGroup : ILearningRateController
    {
        public IEnumerable<Parameter> Parameters { get; set; }
        public double LearningRate { get; set; }
        public double InitialLearningRate { get; set; }
    }
}
