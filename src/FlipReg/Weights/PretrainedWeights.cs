using System.Security.Cryptography;
using FlipReg.Data;
using FlipReg.Networks;
using FlipReg.Weights;
using static System.FormattableString;
using static TorchSharp.torch;

namespace FlipReg;

/// <summary>
/// Weights from elsewhere for a network to start from (<see cref="TrainingOptions.Pretrained"/>): files of PyTorch (the zip that torch.save writes), of safetensors, or constants of ONNX
/// models, told apart by their content. Tensors are matched by name (<see cref="LayerSpec.Name"/>; the networks of TorchVision have its names).
/// </summary>
/// <remarks>
/// Files are data: a pickle that names anything but what weights are made of is refused, and nothing of it runs. Values are taken as Single, whatever float type they are stored in.
/// </remarks>
public sealed class PretrainedWeights
{
    private readonly string[] _paths;

    private PretrainedWeights(string[] paths) => _paths = paths;

    /// <summary>The weights in some files.</summary>
    /// <param name="paths">The files, one or more. Where two hold a tensor of one name, the later one's counts. They are opened when they are used.</param>
    /// <exception cref="ArgumentException">There is no path, or an empty one.</exception>
    public static PretrainedWeights FromFile(params IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0 || paths.Any(string.IsNullOrEmpty))
            throw new ArgumentException("paths must be one or more paths of files. Got none, or an empty text.", nameof(paths));
        return new PretrainedWeights([.. paths]);
    }

    /// <summary>How the weights fit a network: which have a place in it, and which have not.</summary>
    /// <param name="network">A network that is bound to data.</param>
    /// <exception cref="InvalidOperationException">The network is not bound to data.</exception>
    /// <exception cref="FormatException">A file is none that is known, or breaks a rule of its format.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public WeightMatch Match(NetworkSpec network)
    {
        ArgumentNullException.ThrowIfNull(network);
        using var files = new WeightFiles(_paths);
        return files.Match(network).Report;
    }

    /// <summary>Writes the weights into a network. Those of its last layer need not be there, or may be for other classes: then it keeps its own.</summary>
    /// <returns>What was taken over.</returns>
    /// <exception cref="InvalidOperationException">Weights of another layer are missing or of another shape.</exception>
    internal WeightMatch ApplyTo(Network network)
    {
        using var files = new WeightFiles(_paths);
        var (report, found) = files.Match(network.Spec);
        var last = network.Spec.NamedTensors().Where(t => t.Layer == network.Spec.Layers.Count - 1).Select(t => WeightFiles.ImportName(t.Tensor)).ToHashSet(StringComparer.Ordinal);
        if (report.Missing.FirstOrDefault(name => !last.Contains(name)) is { } missing)
            throw new InvalidOperationException(Invariant($"{nameof(TrainingOptions.Pretrained)} must hold the weights of all layers but the last. Got none of '{missing}', and {report.Missing.Count(name => !last.Contains(name))} missing in all; the files have {Shown(report.Unexpected)} without a place. Give weights of this network."));
        if (report.OtherShape.FirstOrDefault(other => !last.Contains(other.Name)) is { } differs)
            throw new InvalidOperationException(Invariant($"{nameof(TrainingOptions.Pretrained)} must hold weights of the network's shapes. Got '{differs.Name}' as [{InvariantText.List(differs.InFile)}] for [{InvariantText.List(differs.InNetwork)}]. Give weights of this network."));
        // A last layer whose bias alone fits is another one.
        var whole = last.All(name => found.Any(f => WeightFiles.ImportName(f.Tensor) == name));
        using var noGrad = no_grad();
        var state = network.State.ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        foreach (var (tensor, stored) in found.Where(f => whole || !last.Contains(WeightFiles.ImportName(f.Tensor))).OrderBy(f => f.Stored.Place))
        {
            using var scope = NewDisposeScope();
            var values = stored.Read();
            if (!values.isfinite().all().ToHost<bool>()[0])
                throw new FormatException(InvariantText.OfFile($"A file of weights must hold finite numbers in tensor '{stored.Name}'. Got others. Give another file."));
            state[tensor.Name].copy_(values);
        }

        return report;
    }

    /// <summary>SHA-256 of the files' content.</summary>
    internal string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in _paths)
        {
            using var stream = File.OpenRead(path);
            hash.AppendData(SHA256.HashData(stream));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Shown(IReadOnlyList<string> names) =>
        names.Count == 0 ? "none" : string.Join(", ", names.Take(5).Select(name => $"'{name}'")) + (names.Count > 5 ? Invariant($" and {names.Count - 5} more") : "");
}
