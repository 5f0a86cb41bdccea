using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using static System.FormattableString;

namespace FlipReg.Training.Checkpoints;

/// <summary>Where a fit stands.</summary>
/// <param name="Epochs">Finished epochs.</param>
/// <param name="Steps">Finished steps of the next one.</param>
internal readonly record struct FitPosition(int Epochs, int Steps);

/// <summary>How far a fit has come, beside its state.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="BestEpoch">The best epoch on the validation rows so far; 0 for none.</param>
/// <param name="History">Reports of the finished epochs.</param>
internal sealed record FitProgress(FitPosition Position, int BestEpoch, IReadOnlyList<EpochReport> History);

/// <summary>Everything of a checkpoint but the tensors, as JSON.</summary>
internal sealed record CheckpointDocument
{
    /// <summary>A document may have this many bytes at most: 100,000 epochs take 40 MB.</summary>
    public const long MaximumBytes = 64L << 20;

    private const string ThisFormat = "MLNet.FlipReg checkpoint";
    private const int ThisVersion = 1;

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        IgnoreReadOnlyProperties = true,
        AllowDuplicateProperties = false,
        MaxDepth = 16,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    public string Format { get; init; } = ThisFormat;

    public int Version { get; init; } = ThisVersion;

    /// <summary>Version of the library that wrote it.</summary>
    public required string Library { get; init; }

    /// <summary>The fit's seed.</summary>
    public required int Seed { get; init; }

    /// <summary>How far the fit had come.</summary>
    public required FitProgress Progress { get; init; }

    /// <summary>Device and thread count: where they differ, the last bits may.</summary>
    public required Dictionary<string, string> Machine { get; init; }

    /// <summary>Data, options and network, each by a name, as text: only a fit that has the same goes on.</summary>
    public required Dictionary<string, string> Identity { get; init; }

    /// <summary>Numbers of the state.</summary>
    public required Dictionary<string, long> Counters { get; init; }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, _json);

    /// <exception cref="FormatException">The content is no checkpoint, or one of a newer version.</exception>
    public static CheckpointDocument Read(byte[] content, string path)
    {
        try
        {
            CheckVersion(content, path);
            var document = JsonSerializer.Deserialize<CheckpointDocument>(content, _json) ?? throw new JsonException("It is null.");
            var (position, history) = (document.Progress.Position, document.Progress.History);
            if (position.Steps < 0 || history.Count != position.Epochs || !history.Select(report => report?.Epoch).SequenceEqual(Enumerable.Range(1, history.Count).Select(epoch => (int?)epoch)))
                throw new JsonException("Its position and its history do not fit together.");
            if (document.Counters.Any(counter => counter.Value < 0))
                throw new JsonException("A counter is below 0.");
            return document;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new FormatException($"'{path}' " + InvariantText.OfFile($"must be the JSON that this library writes. {e.Message} Remove that checkpoint, or use another folder."), e);
        }
    }

    /// <summary>Looks at format and version alone first: a newer version may have any other fields.</summary>
    private static void CheckVersion(byte[] content, string path)
    {
        using var document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.String || format.GetString() != ThisFormat)
            throw new FormatException($"'{path}' must have the format '{ThisFormat}'. It is not a checkpoint of this library: use another folder.");
        if (!root.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number < 1)
            throw new FormatException($"'{path}' must have a version of at least 1. Remove that checkpoint, or use another folder.");
        if (number > ThisVersion)
            throw new FormatException(Invariant($"'{path}' must have a version of at most {ThisVersion}. Got {number}, of a newer library. Update MLNet.FlipReg, or use another folder."));
    }
}
