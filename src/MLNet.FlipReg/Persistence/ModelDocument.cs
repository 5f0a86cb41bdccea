using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FlipReg;
using FlipReg.Data;
using FlipReg.Networks;
using FlipReg.Runtime;
using MLNet.FlipReg.Scoring;
using static System.FormattableString;
using static TorchSharp.torch;

namespace MLNet.FlipReg.Persistence;

/// <summary>
/// Everything of a saved model but the weights, as JSON. Reading it builds nothing but data: layers come from a closed list, and options
/// stay text.
/// </summary>
internal sealed class ModelDocument
{
    /// <summary>A document may have this many bytes at most: room for a million class names and for long histories.</summary>
    public const long MaximumBytes = 256L << 20;

    private const string Format = "MLNet.FlipReg model";

    /// <summary>The newest version this library writes and reads.</summary>
    private const int Version = 1;

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        IgnoreReadOnlyProperties = true,
        AllowDuplicateProperties = false,
        MaxDepth = 32,
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private readonly NetworkSpec _network;
    private readonly Content _content;
    private readonly ClassNames? _classNames;

    private ModelDocument(NetworkSpec network, Content content, ClassNames? classNames) => (_network, _content, _classNames) = (network, content, classNames);

    /// <summary>This library's version.</summary>
    public static string LibraryVersion => typeof(ModelDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>A model's document.</summary>
    public static byte[] Write(FlipRegModelParameters model)
    {
        var content = new Content
        {
            Format = Format,
            Version = Version,
            Library = LibraryVersion,
            Method = model.MethodName,
            LabelColumn = model.LabelColumnName,
            FeatureColumn = model.FeatureColumnName,
            Classes = model.ClassCount,
            ClassNames = ToElement(model.Names?.ToJson()),
            Network = ToElement(JsonNode.Parse(model.Network.ToJson())),
            Options = ToElement(JsonNode.Parse(model.OptionsJson)),
            History = [.. model.History],
        };
        return JsonSerializer.SerializeToUtf8Bytes(content, _json);
    }

    /// <summary>Options as JSON text; values that are not data (callbacks) are left out.</summary>
    public static string WriteOptions(TrainingOptions options) => JsonSerializer.Serialize(options, options.GetType(), _json);

    /// <summary>Reads and checks a document.</summary>
    /// <exception cref="FormatException">The content is not a model's document, or one of a newer version.</exception>
    public static ModelDocument Read(Stream stream)
    {
        try
        {
            CheckVersion(stream);
            stream.Position = 0;
            var content = JsonSerializer.Deserialize<Content>(stream, _json) ?? throw new FormatException("Model.json must be an object. Got null.");
            var network = NetworkSpec.FromJson(content.Network.GetRawText());
            if (network.Inputs is null || network.Outputs != content.Classes || content.Classes < 2)
                throw new FormatException(Invariant($"Model.json must hold a network with an output for each of at least 2 classes. Got {(object?)network.Outputs ?? "no"} outputs and {content.Classes} classes. The file is altered."));
            if (content.FeatureColumn.Length == 0 || content.LabelColumn.Length == 0 || content.Options.ValueKind != JsonValueKind.Object)
                throw new FormatException("Model.json must name the label and the feature column and hold options. The file is altered.");
            var names = content.ClassNames.ValueKind == JsonValueKind.Null ? null : ClassNames.FromJson(content.ClassNames, content.Classes);
            return new ModelDocument(network, content, names);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new FormatException($"Model.json must be the JSON that this library writes. {e.Message} The file is altered, or not a model of this library.", e);
        }
    }

    /// <summary>Reads the weights that belong to the document.</summary>
    /// <exception cref="FormatException">The content is not a safetensors file with exactly the network's tensors.</exception>
    /// <exception cref="DllNotFoundException">libtorch or TorchSharp's native library cannot be loaded.</exception>
    public FlipRegModelParameters ReadWeights(Stream stream)
    {
        // Nothing is built for the network before the file has shown that it holds all of its values.
        var headers = SafetensorsReader.ReadHeader(stream);
        CheckTensors(headers);
        NativeLibraries.Require();
        var network = new Network(_network, CPU);
        try
        {
            var targets = network.State.ToDictionary(t => t.Name, t => t.Value, StringComparer.Ordinal);
            SafetensorsReader.ReadValues(stream, headers, header => targets[header.Name]);
            network.eval();
            return new FlipRegModelParameters(network, _content.Method, _content.LabelColumn, _content.FeatureColumn, _classNames, _content.Options.GetRawText(), _content.History);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Looks at format and version alone first: a newer version may have any other fields.</summary>
    private static void CheckVersion(Stream stream)
    {
        using var document = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.String || format.GetString() != Format)
            throw new FormatException($"Model.json must have the format '{Format}'. The file is not a model of this library.");
        if (!root.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number < 1)
            throw new FormatException($"Model.json must have a version of at least 1. Got {version}. The file is altered.");
        if (number > Version)
            throw new FormatException(Invariant($"Model.json must have a version of at most {Version}. Got {number}, written by version {(root.TryGetProperty("library", out var library) ? library.ToString() : "unknown")} of the library. Update MLNet.FlipReg (this is {LibraryVersion})."));
    }

    private static JsonElement ToElement(JsonNode? node) => JsonSerializer.SerializeToElement(node, _json);

    private void CheckTensors(IReadOnlyList<SafetensorsHeader> headers)
    {
        var stored = headers.ToDictionary(h => h.Name, StringComparer.Ordinal);
        foreach (var (name, _, tensor) in _network.NamedTensors())
        {
            if (!stored.Remove(name, out var header))
                throw new FormatException($"Weights.safetensors must hold tensor '{name}' of the network. Got none. The file is altered.");
            if (header.ElementType != "F32" || !header.Shape.SequenceEqual(tensor.Shape))
                throw new FormatException(Invariant($"Weights.safetensors must hold tensor '{name}' as F32 [{InvariantText.List(tensor.Shape)}]. Got {header.Describe()}. The file is altered."));
        }

        if (stored.Count > 0)
            throw new FormatException($"Weights.safetensors must hold the network's tensors only. Got '{stored.Keys.First()}' too. The file is altered.");
    }

    private sealed record Content
    {
        public required string Format { get; init; }

        public required int Version { get; init; }

        public required string Library { get; init; }

        public required string Method { get; init; }

        public required string LabelColumn { get; init; }

        public required string FeatureColumn { get; init; }

        public required int Classes { get; init; }

        public required JsonElement ClassNames { get; init; }

        public required JsonElement Network { get; init; }

        public required JsonElement Options { get; init; }

        public required List<EpochReport> History { get; init; }
    }
}
