using FlipReg.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Training.Optimizers;

/// <summary>
/// Steps a network's flat parameter tensor by its flat gradient. TorchSharp's own optimizers leave the scalars of a step to the finalizer (see
/// <see cref="Runtime.KeptScalars"/>), which may change a step's numbers.
/// </summary>
internal abstract class FlatOptimizer(Parameter parameters, Tensor gradients) : IDisposable
{
    private readonly List<(string Name, Tensor Value)> _state = [];
    private readonly Counter _steps = new("steps");
    private IReadOnlyList<ParameterGroup> _groups = [new ParameterGroup(0, parameters.numel(), 1)];

    /// <summary>Learning rate of the next steps.</summary>
    public double LearningRate { get; set; }

    /// <summary>Named state tensors, each of the parameters' shape.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State => _state;

    /// <summary>Steps taken; from 1 while the first is made.</summary>
    public Counter Steps => _steps;

    protected Parameter Parameters => parameters;

    protected Tensor Gradients => gradients;

    /// <summary>Divides the parameters into groups, end to end, each with its own factor on the learning rate.</summary>
    public void SetGroups(IReadOnlyList<ParameterGroup> groups) => _groups = groups;

    /// <summary>One step. Called with gradients off, inside a dispose scope.</summary>
    public void Step()
    {
        _steps.Value++;
        Update();
    }

    public void Dispose()
    {
        foreach (var (_, value) in _state)
            value.Dispose();
    }

    /// <summary>Changes the parameters. May overwrite the gradients.</summary>
    protected abstract void Update();

    /// <summary>Calls for each group with a view on its part of a tensor, and its learning rate.</summary>
    protected void ForEachGroup(Action<Func<Tensor, Tensor>, double> step)
    {
        foreach (var group in _groups)
            step(tensor => _groups.Count == 1 ? tensor : tensor.narrow(0, group.First, group.Count), LearningRate * group.Factor);
    }

    protected Tensor AddState(string name)
    {
        var value = zeros(parameters.shape, dtype: parameters.dtype, device: parameters.device).DetachFromDisposeScope();
        _state.Add((name, value));
        return value;
    }
}

/// <summary>Parameters that follow one another and share a learning rate.</summary>
/// <param name="First">The first one's place among all.</param>
/// <param name="Count">Their number.</param>
/// <param name="Factor">What the optimizer's learning rate is multiplied by.</param>
internal readonly record struct ParameterGroup(long First, long Count, double Factor);
