using System.Text.Json;
using System.Text.Json.Serialization;
using FlipReg.Data;

namespace FlipReg.Tables;

/// <summary>One training run: what is trained on what.</summary>
/// <param name="Table">Name of the table.</param>
/// <param name="Noise">Share of the training labels that are wrong.</param>
/// <param name="Seed">Seed of the split, of the noise and of the training.</param>
/// <param name="Method">Name of the method, with its variant.</param>
internal sealed record CellKey(string Table, double Noise, int Seed, string Method)
{
    public override string ToString() => FormattableString.Invariant($"{Method} on {Table}, {Noise:P0} wrong labels, seed {Seed}");
}

/// <summary>What a training run gave.</summary>
/// <param name="Key">The run.</param>
/// <param name="Identity">What the figures depend on beside the key: data, options, library.</param>
/// <param name="Accuracy">Share of the test rows classified right.</param>
/// <param name="LogLoss">Mean −ln of the probability of a test row's class.</param>
/// <param name="Seconds">Of Fit, the normalizer with it.</param>
/// <param name="Threads">Threads that the method was allowed.</param>
/// <param name="OtherProcesses">Processors that other processes kept busy meanwhile, on average.</param>
internal sealed record Cell(CellKey Key, string Identity, double Accuracy, double LogLoss, double Seconds, int Threads, double OtherProcesses);

/// <summary>Finished cells, a file each: written as a whole or not at all, and read only if they are of the same data, options and library.</summary>
/// <param name="folder">Where they are; made where it is missing.</param>
internal sealed class CellStore(string folder)
{
    private static readonly JsonSerializerOptions _json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>The cell, or null where there is none, a damaged one, or one that came from something else.</summary>
    public Cell? Find(CellKey key, string identity)
    {
        try
        {
            var cell = JsonSerializer.Deserialize<Cell>(File.ReadAllBytes(PathOf(key)), _json);
            return cell is not null && cell.Key == key && cell.Identity == identity ? cell : null;
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public void Save(Cell cell)
    {
        var path = PathOf(cell.Key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, cell, _json));
    }

    internal string PathOf(CellKey key) => Path.Combine(folder, string.Concat(key.Method.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_')),
        FormattableString.Invariant($"{key.Table}-{key.Noise * 100:0.##}-{key.Seed}.json"));
}
