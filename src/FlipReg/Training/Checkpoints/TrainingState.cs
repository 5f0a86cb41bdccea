using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Training.Checkpoints;

/// <summary>Everything that a fit remembers from one block of steps to the next, under names: what a checkpoint writes and sets.</summary>
internal sealed class TrainingState
{
    private readonly List<(string Name, Tensor Value)> _tensors = [];
    private readonly Dictionary<string, Counter> _counters = [];

    /// <summary>Named tensors; setting one changes its values in place.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Tensors => _tensors;

    /// <summary>Values of the counters by name.</summary>
    public Dictionary<string, long> Counters
    {
        get => _counters.ToDictionary(c => c.Key, c => c.Value.Value);
        set
        {
            if (!value.Keys.ToHashSet().SetEquals(_counters.Keys))
                throw new FormatException(InvariantText.OfFile($"A checkpoint must hold the fit's counters ({string.Join(", ", _counters.Keys)}). Got {string.Join(", ", value.Keys)}. It is of another version of the library: use that, or remove it."));
            foreach (var (name, counter) in _counters)
                counter.Value = value[name];
        }
    }

    /// <summary>Adds what an owner remembers.</summary>
    public void Add(string owner, IEnumerable<(string Name, Tensor Value)> tensors, IEnumerable<Counter>? counters = null)
    {
        foreach (var (name, value) in tensors)
            _tensors.Add(($"{owner}/{name}", value));
        foreach (var counter in counters ?? [])
            _counters.Add($"{owner}/{counter.Name}", counter);
    }
}
