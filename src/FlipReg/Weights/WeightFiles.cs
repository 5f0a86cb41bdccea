using FlipReg.Networks;

namespace FlipReg.Weights;

/// <summary>Files of weights that are open together.</summary>
internal sealed class WeightFiles : IDisposable
{
    private const string Counter = "num_batches_tracked";

    private readonly List<WeightSource> _sources = [];

    public WeightFiles(IEnumerable<string> paths)
    {
        try
        {
            foreach (var path in paths)
                _sources.Add(WeightSource.Open(path));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The name that files have a tensor under.</summary>
    public static string ImportName(TensorSpec tensor) => tensor.ImportName ?? tensor.Name;

    /// <summary>Which of the tensors have a place in a network.</summary>
    public (WeightMatch Report, IReadOnlyList<(TensorSpec Tensor, StoredTensor Stored)> Found) Match(NetworkSpec network)
    {
        var stored = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var tensor in _sources.SelectMany(source => source.Tensors))
            stored[tensor.Name] = tensor;
        var found = new List<(TensorSpec, StoredTensor)>();
        var (matched, missing, others) = (new List<string>(), new List<string>(), new List<ShapeDifference>());
        foreach (var (_, _, tensor) in network.NamedTensors())
        {
            var name = ImportName(tensor);
            if (!stored.Remove(name, out var candidate))
            {
                missing.Add(name);
            }
            else if (!candidate.Shape.SequenceEqual(tensor.Shape))
            {
                others.Add(new ShapeDifference(name, tensor.Shape, candidate.Shape));
            }
            else
            {
                matched.Add(name);
                found.Add((tensor, candidate));
            }
        }

        var unexpected = stored.Keys.Where(name => !name.EndsWith(Counter, StringComparison.Ordinal)).ToList();
        return (new WeightMatch(matched, missing, unexpected, others), found);
    }

    public void Dispose() => _sources.ForEach(source => source.Dispose());
}
