using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlipReg.Data;
using static System.FormattableString;
using static TorchSharp.torch;

namespace FlipReg.Training.Checkpoints;

/// <summary>What makes a fit the same fit: data, options and network, as named texts; and the machine's part in its last bits.</summary>
/// <param name="Values">Values that must be equal.</param>
/// <param name="Machine">Values that may round differently where they differ.</param>
internal sealed record FitIdentity(Dictionary<string, string> Values, Dictionary<string, string> Machine)
{
    /// <summary>Differences that a message names at most.</summary>
    private const int ShownDifferences = 10;

    private static readonly JsonSerializerOptions _json = new()
    {
        IgnoreReadOnlyProperties = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <param name="spec">The bound network.</param>
    /// <param name="table">Training rows.</param>
    /// <param name="validation">Validation rows, or null.</param>
    /// <param name="options">Resolved options.</param>
    /// <param name="context">Device and first values.</param>
    public static FitIdentity Of(NetworkSpec spec, TrainingTable table, TrainingTable? validation, TrainingOptions options, FitContext context)
    {
        var values = new Dictionary<string, string> { ["method"] = options.MethodName };
        AddTable("training", table);
        if (validation is not null)
            AddTable("validation", validation);
        foreach (var (name, value) in JsonSerializer.SerializeToNode(options, options.GetType(), _json)!.AsObject())
            values[name] = value?.ToJsonString() ?? "null";
        values["Network"] = spec.ToJson();
        values["values of Pretrained"] = options.Pretrained?.Fingerprint() ?? "none";
        if (spec.Categories.Count > 0)
            values["tables of categories"] = context.Device.type == TorchSharp.DeviceType.CPU ? "of the processor" : "of a GPU";
        values["values of the initial model"] = context.WarmStart?.Fingerprint ?? "none";
        return new(values, new() { ["device"] = context.Device.ToString(), ["threads"] = Invariant($"{get_num_threads()}") });

        void AddTable(string name, TrainingTable rows)
        {
            values[$"{name} rows"] = Invariant($"{rows.Rows}");
            values[$"features of the {name} rows"] = rows.Pixels is { } pixels ? Hash(Invariant($"images, {pixels.Rows}, {pixels.Shape}"), pixels.ReadBytes) : rows.Sparse is { } sparse ? Hash(Invariant($"sparse, {sparse.Width}"), sparse.ReadBytes) : Hash(rows.Features);
            values[$"labels of the {name} rows"] = Hash(rows.Labels);
            values[$"weights of the {name} rows"] = rows.Weights is { } weights ? Hash(weights) : "none";
        }
    }

    /// <summary>The names whose values differ, with both, as a message shows them; null where the fits are the same.</summary>
    public static string? Differences(IReadOnlyDictionary<string, string> saved, IReadOnlyDictionary<string, string> now)
    {
        var names = now.Keys.Union(saved.Keys).Where(name => saved.GetValueOrDefault(name) != now.GetValueOrDefault(name)).ToList();
        var shown = names.Take(ShownDifferences).Select(name => InvariantText.OfFile($"{name} was {saved.GetValueOrDefault(name, "absent")} and is {now.GetValueOrDefault(name, "absent")}"));
        return names.Count == 0 ? null : string.Join("; ", shown) + (names.Count > ShownDifferences ? Invariant($"; and {names.Count - ShownDifferences} more") : "");
    }

    private static string Hash(Tensor tensor) => Hash(InvariantText.List(tensor.shape), take => HostReads.ReadBytes(tensor, take));

    private static string Hash(string shape, Action<Action<ReadOnlySpan<byte>>> read)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.ASCII.GetBytes($"[{shape}]"));
        read(bytes => hash.AppendData(bytes));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
