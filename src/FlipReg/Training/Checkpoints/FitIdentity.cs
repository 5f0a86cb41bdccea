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
    /// <summary>A longer value is shown cut off.</summary>
    private const int ShownCharacters = 80;

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
        values["values of the initial model"] = context.WarmStart?.Fingerprint ?? "none";
        return new(values, new() { ["device"] = context.Device.ToString(), ["threads"] = Invariant($"{get_num_threads()}") });

        void AddTable(string name, TrainingTable rows)
        {
            values[$"{name} rows"] = Invariant($"{rows.Rows}");
            values[$"features of the {name} rows"] = Hash(rows.Features);
            values[$"labels of the {name} rows"] = Hash(rows.Labels);
            values[$"weights of the {name} rows"] = rows.Weights is { } weights ? Hash(weights) : "none";
        }
    }

    /// <summary>The names whose values differ, with both; empty where the fits are the same.</summary>
    public static IReadOnlyList<string> Differences(IReadOnlyDictionary<string, string> saved, IReadOnlyDictionary<string, string> now) =>
    [
        .. now.Keys.Union(saved.Keys).Where(name => saved.GetValueOrDefault(name) != now.GetValueOrDefault(name))
            .Select(name => $"{name} was {Shown(saved.GetValueOrDefault(name))} and is {Shown(now.GetValueOrDefault(name))}"),
    ];

    private static string Shown(string? value) => value is null ? "absent" : value.Length <= ShownCharacters ? value : value[..ShownCharacters] + "…";

    private static string Hash(Tensor tensor)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.ASCII.GetBytes(Invariant($"[{InvariantText.List(tensor.shape)}]")));
        HostReads.ReadBytes(tensor, bytes => hash.AppendData(bytes));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
