using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FlipReg;
using FlipReg.Data;
using FlipReg.Encoders;
using FlipReg.Images;
using FlipReg.Networks;
using FlipReg.Runtime;
using MLNet.FlipReg.Images;
using MLNet.FlipReg.Scoring;
using MLNet.FlipReg.Training;
using static System.FormattableString;
using static TorchSharp.torch;

namespace MLNet.FlipReg.Persistence;

/// <summary>
/// Everything of a saved model but the weights, as JSON. Reading it builds nothing but data: layers come from a closed list, and options
/// stay text.
/// </summary>
internal sealed class ModelDocument
{
    /// <summary>A document may have this many bytes at most.</summary>
    public const int MaximumBytes = 16 << 20;

    /// <summary>The newest version this library writes and reads. 2 added members to the history and the options, 3 the encoding of the features, 4 figures of the method to the history, how images are read, and several columns of features.</summary>
    public const int Version = 4;

    /// <summary>Values that a network's layers may give for one row, all of them together: what scoring a row takes, 4 bytes each.</summary>
    internal const long MaximumRowValues = 1L << 26;

    /// <summary>Epochs of history at most: the largest <see cref="TrainingOptions.Epochs"/>.</summary>
    internal const int MaximumHistory = 100_000;

    private const string Format = "MLNet.FlipReg model";

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        IgnoreReadOnlyProperties = true,
        AllowDuplicateProperties = false,
        MaxDepth = JsonBounds.MaximumDepth,
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private readonly NetworkSpec _network;
    private readonly Content _content;
    private readonly ClassNames? _classNames;
    private readonly FeatureColumns? _columns;

    private ModelDocument(NetworkSpec network, Content content, ClassNames? classNames, FeatureColumns? columns) => (_network, _content, _classNames, _columns) = (network, content, classNames, columns);

    /// <summary>This library's version.</summary>
    public static string LibraryVersion => typeof(ModelDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>A model's document. Where it would be too long, only every second, fourth, … epoch of the history is in it, and the last.</summary>
    /// <exception cref="InvalidOperationException">It is too long without any history, too.</exception>
    public static byte[] Write(FlipRegModelParameters model)
    {
        var document = Write(model, model.History);
        if (document.Length > MaximumBytes && Write(model, []) is { Length: > MaximumBytes } rest)
            throw new InvalidOperationException(Invariant($"A model's class names and options must fit into {MaximumBytes >> 20} MiB. Got {rest.Length} bytes for {model.ClassCount} classes. Use shorter class names, or ClassWeights.Balanced in place of a value per class."));
        for (var step = 2; document.Length > MaximumBytes; step *= 2)
            document = Write(model, [.. model.History.Where((_, i) => (i + 1) % step == 0 || i == model.History.Count - 1)]);
        return document;
    }

    private static byte[] Write(FlipRegModelParameters model, IReadOnlyList<EpochReport> history)
    {
        var content = new Content
        {
            Format = Format,
            Version = Version,
            Library = LibraryVersion,
            Method = model.MethodName,
            LabelColumn = model.LabelColumnName,
            FeatureColumn = model.Features.AreOneVector ? model.FeatureColumnName : "",
            Columns = ColumnDocument.Of(model.Features),
            Classes = model.ClassCount,
            ClassNames = ToElement(model.Names?.ToJson()),
            Network = ToElement(JsonNode.Parse(model.Network.ToJson())),
            Encoding = EncodingDocument.Of(model.Encoder),
            Images = ImageDocument.Of(model.ImageInput),
            Options = ToElement(JsonNode.Parse(model.OptionsJson)),
            Temperature = model.Temperature,
            History = [.. history],
        };
        return JsonSerializer.SerializeToUtf8Bytes(content, _json);
    }

    /// <summary>Options as JSON text; values that are not data (callbacks) are left out.</summary>
    public static string WriteOptions(TrainingOptions options) => JsonSerializer.Serialize(options, options.GetType(), _json);

    /// <summary>Reads and checks a document of at most <see cref="MaximumBytes"/>.</summary>
    /// <exception cref="FormatException">The content is not a model's document, or one of a newer version.</exception>
    public static ModelDocument Read(Stream stream)
    {
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        try
        {
            JsonBounds.Check(bytes, "Model.json");
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = JsonBounds.MaximumDepth, AllowDuplicateProperties = false });
            CheckVersion(document.RootElement);
            CheckHistory(document.RootElement);
            var content = document.RootElement.Deserialize<Content>(_json)!;
            if ((content.FeatureColumn.Length == 0) != (content.Columns is not null) || content.LabelColumn.Length == 0 || content.Options.ValueKind != JsonValueKind.Object)
                throw new FormatException("Model.json must name the label and the feature column and hold options. The file is altered.");
            if (content.Temperature is { } temperature && !(temperature > 0 && double.IsFinite(temperature)))
                throw Bad($"must have a temperature that is finite and above 0. Got {temperature}. The file is altered.");
            var network = ReadNetwork(content);
            content.Encoding?.Check();
            _ = content.Images?.ToInput(network.Inputs!.Value);
            var names = content.ClassNames.ValueKind == JsonValueKind.Null ? null : ClassNames.FromJson(content.ClassNames, content.Classes);
            return new ModelDocument(network, content, names, content.Columns is { } columns ? ColumnDocument.ToColumns(columns, network) : null);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw Bad($"must be the JSON that this library writes. {e.Message} The file is altered, or not a model of this library.", e);
        }
    }

    /// <summary>Checks that the document can be one of a kind of classifier.</summary>
    /// <exception cref="FormatException">It cannot.</exception>
    public void CheckKind(ScoreKind kind)
    {
        if (kind == ScoreKind.Binary && _content.Classes != 2)
            throw Bad($"must have 2 classes in a binary classifier. Got {_content.Classes}. The file is altered.");
    }

    /// <summary>The bytes of a safetensors file with the network's tensors, at most.</summary>
    public long MaximumWeightBytes() => sizeof(ulong) + SafetensorsReader.MaximumHeader + (sizeof(float) * (_network.NamedTensors().Sum(t => t.Tensor.Count) + (_content.Encoding?.Values ?? 0)));

    /// <summary>Reads the weights that belong to the document.</summary>
    /// <exception cref="FormatException">The content is not a safetensors file with exactly the network's tensors.</exception>
    /// <exception cref="DllNotFoundException">libtorch or TorchSharp's native library cannot be loaded.</exception>
    public ModelContent ReadWeights(Stream stream)
    {
        // Nothing is built for the network before the file has shown that it holds all of its values.
        var headers = SafetensorsReader.ReadHeader(stream);
        CheckTensors(headers);
        NativeLibraries.Require();
        using var encoding = new EncodingTensors(_content.Encoding);
        var network = new Network(_network, CPU);
        try
        {
            var targets = network.State.Concat(encoding.State).ToDictionary(t => t.Name, t => t.Value, StringComparer.Ordinal);
            SafetensorsReader.ReadValues(stream, headers, header => targets[header.Name], finite: true);
            network.eval();
            var encoder = encoding.ToEncoder(network.Width);
            return new ModelContent(network, encoder, _content.Method, _content.LabelColumn, ColumnsOf(encoder), _classNames, _content.Options.GetRawText(), _content.History)
            {
                Temperature = _content.Temperature,
                Images = Images(encoder),
            };
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The columns of features, which must be as wide as the encoder's rows and have their categories where it has them.</summary>
    private FeatureColumns ColumnsOf(InputEncoder encoder)
    {
        var columns = _columns ?? new FeatureColumns(_content.FeatureColumn, encoder.RawWidth);
        var numbers = columns.Width - columns.Categories.Count;
        return columns.Width == encoder.RawWidth && (encoder.IsIdentity || encoder.CategorySlots.SequenceEqual(Enumerable.Range(numbers, columns.Categories.Count)))
            ? columns
            : throw Bad($"must have columns of as many slots as its encoding, and the same categories. Got {columns}, {columns.Width} slots, and an encoding of {encoder.RawWidth} slots, {encoder.CategorySlots.Count} of categories. The file is altered.");
    }

    /// <summary>Looks at format and version alone first: a newer version may have any other fields.</summary>
    private static void CheckVersion(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.String || format.GetString() != Format)
            throw Bad($"must have the format '{Format}'. The file is not a model of this library.");
        if (!root.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number < 1)
            throw Bad($"must have a version of at least 1. Got {version}. The file is altered.");
        if (number > Version)
            throw Bad($"must have a version of at most {Version}. Got {number}, written by version {(root.TryGetProperty("library", out var library) ? library.ToString() : "unknown")} of the library. Update MLNet.FlipReg (this is {LibraryVersion}).");
    }

    /// <summary>Looks at the history before objects are made of it.</summary>
    private static void CheckHistory(JsonElement root)
    {
        if (!root.TryGetProperty("history", out var history) || history.ValueKind != JsonValueKind.Array)
            throw Bad($"must have a list of epochs as history. Got {(history.ValueKind == JsonValueKind.Undefined ? "none" : history)}. The file is altered.");
        if (history.GetArrayLength() > MaximumHistory)
            throw Bad($"must have a history of at most {MaximumHistory} epochs. Got {history.GetArrayLength()}. The file is altered.");
        foreach (var epoch in history.EnumerateArray())
        {
            if (epoch.ValueKind != JsonValueKind.Object)
                throw Bad($"must have a history of epochs. Got {(epoch.ValueKind == JsonValueKind.Null ? "null" : epoch)} as one. The file is altered.");
        }
    }

    private static NetworkSpec ReadNetwork(Content content)
    {
        if (content.Classes is < 2 or > ColumnRules.MaximumClasses)
            throw Bad($"must have at least 2 and at most {ColumnRules.MaximumClasses} classes. Got {content.Classes}. The file is altered.");
        var network = NetworkSpec.FromJson(content.Network.GetRawText());
        if (network.Inputs is null || network.Outputs != content.Classes)
            throw Bad($"must hold a network with an output for each class. Got {network.Outputs?.ToString(CultureInfo.InvariantCulture) ?? "no"} outputs and {content.Classes} classes. The file is altered.");
        if (!network.Layers.Any(layer => layer is LinearSpec))
            throw Bad($"must hold a network with a linear layer. Got {network.Layers.Count} layers, none of them linear. The file is altered.");
        if (network.RowValues() > MaximumRowValues)
            throw Bad($"must hold a network whose layers give at most {MaximumRowValues} values for a row. Got {network.RowValues()}. The file is altered.");
        return network;
    }

    /// <summary>How images are read, with the check that the encoding is one of images.</summary>
    private ImageInput? Images(InputEncoder encoder)
    {
        if (_content.Images?.ToInput(encoder.Width) is not { } images)
            return null;
        try
        {
            _ = PixelScaling.Of(encoder, images.Options.Shape);
            return images;
        }
        catch (InvalidOperationException e)
        {
            throw Bad($"must have the encoding of images where it reads images. The file is altered.", e);
        }
    }

    private static FormatException Bad(FormattableString rule, Exception? inner = null) => new("Model.json " + InvariantText.OfFile(rule), inner);

    private static JsonElement ToElement(JsonNode? node) => JsonSerializer.SerializeToElement(node, _json);

    private void CheckTensors(IReadOnlyList<SafetensorsHeader> headers)
    {
        var stored = headers.ToDictionary(h => h.Name, StringComparer.Ordinal);
        foreach (var (name, shape) in _network.NamedTensors().Select(t => (t.Name, t.Tensor.Shape)).Concat(_content.Encoding?.Tensors ?? []))
        {
            if (!stored.Remove(name, out var header))
                throw new FormatException($"Weights.safetensors must hold tensor '{name}' of the model. Got none. The file is altered.");
            if (header.ElementType != "F32" || !header.Shape.SequenceEqual(shape))
                throw new FormatException(InvariantText.OfFile($"Weights.safetensors must hold tensor '{name}' as F32 [{InvariantText.List(shape)}]. Got {header.Describe()}. The file is altered."));
        }

        if (stored.Count > 0)
            throw new FormatException(InvariantText.OfFile($"Weights.safetensors must hold the model's tensors only. Got '{stored.Keys.First()}' too. The file is altered."));
    }

    private sealed record Content
    {
        public required string Format { get; init; }

        public required int Version { get; init; }

        public required string Library { get; init; }

        public required string Method { get; init; }

        public required string LabelColumn { get; init; }

        public required string FeatureColumn { get; init; }

        /// <summary>The columns of features where they are not one vector; absent where they are.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public List<ColumnDocument>? Columns { get; init; }

        public required int Classes { get; init; }

        public required JsonElement ClassNames { get; init; }

        public required JsonElement Network { get; init; }

        /// <summary>How features are encoded; null where they stay as they are, as in all files before version 3.</summary>
        public EncodingDocument? Encoding { get; init; }

        /// <summary>How images are read; absent in models of vectors.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public ImageDocument? Images { get; init; }

        public required JsonElement Options { get; init; }

        /// <summary>What the logits were divided by; absent in models that were fitted without.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? Temperature { get; init; }

        public required List<EpochReport> History { get; init; }
    }
}
