using System.Text;
using System.Text.Json.Nodes;
using FlipReg;
using FlipReg.Data;
using FlipReg.Encoders;
using FlipReg.Networks;
using Microsoft.ML;
using MLNet.FlipReg.Persistence;
using MLNet.FlipReg.Scoring;
using MLNet.FlipReg.Tests.Support;
using TorchSharp;

namespace MLNet.FlipReg.Tests;

/// <summary>A small model file cannot take much memory, neither while it is loaded nor with the first row, and messages stay short.</summary>
[TestClass]
public sealed class ModelBoundsTests
{
    private static readonly MLContext _context = new(1);
    private static byte[] _saved = [];

    [ClassInitialize]
    public static void Save(TestContext _)
    {
        using var model = TrainerUnderTest.Named("Fer").Fit(_context, o => o.Network = NetworkSpec.Mlp([8]));
        _saved = ModelZip.Save(_context, model);
    }

    [TestMethod]
    public void Files_made_to_exhaust_memory_are_refused_in_little()
    {
        var folder = Directory.CreateTempSubdirectory("bounds").FullName;
        try
        {
            // Each of these took gigabytes, or could.
            Write("document", zip => zip.SetMember("options", [.. "{\"a\":["u8, .. Repeat("0,", 100 << 20), .. "0]}"u8]));
            Write("history", zip => zip.SetMember("history", [.. "["u8, .. Repeat("null,", 15 << 20), .. "null]"u8]));
            Write("lists", zip => zip.SetMember("options", [.. "{\"a\":["u8, .. Repeat("[[],[],[],[],[]],", 15 << 20), .. "0]}"u8]));
            Write("long list", zip => zip.SetMember("options", [.. "{\"a\":["u8, .. Repeat("0,", 8 << 20), .. "0]}"u8]));
            Write("member", zip => zip.SetMember("options", [.. "{\""u8, .. Repeat("x", 15 << 20), .. "\":0}"u8]));
            Write("relus", zip =>
            {
                zip.SetMember("network", Encoding.UTF8.GetBytes($$"""{"inputs":1048576,"layers":[{{string.Join(",", Enumerable.Repeat("{\"layer\":\"relu\"}", 1000))}}]}"""));
                zip.SetMember("classNames", "null"u8.ToArray());
                zip.SetMember("classes", "1048576"u8.ToArray());
                zip.Weights = Tensors([]);
            });
            Write("relus and one linear", zip =>
            {
                zip.SetMember("network", Encoding.UTF8.GetBytes($$"""{"inputs":1048576,"layers":[{{string.Join(",", Enumerable.Repeat("{\"layer\":\"relu\"}", 999))}},{"layer":"linear","outputs":3}]}"""));
                zip.Weights = Tensors([("999.weight", torch.zeros(3, 1 << 20)), ("999.bias", torch.zeros(3))]);
            });
            Write("zeros", zip =>
            {
                zip.SetMember("network", """{"inputs":6000000,"layers":[{"layer":"linear","outputs":3}]}"""u8.ToArray());
                zip.Weights = Tensors([("0.weight", torch.zeros(3, 6_000_000)), ("0.bias", torch.zeros(3))]);
            });
            Write("embeddings", zip => zip.SetMember("network", """{"inputs":8,"layers":[{"layer":"embedding","numeric":6,"tables":[{"categories":16777215,"width":1024},{"categories":3,"width":1}]},{"layer":"linear","outputs":3}]}"""u8.ToArray()));
            Write("embedding twice", zip => zip.SetMember("network", """{"inputs":8,"layers":[{"layer":"relu"},{"layer":"embedding","numeric":7,"tables":[{"categories":3,"width":1}]},{"layer":"linear","outputs":3}]}"""u8.ToArray()));
            Write("embedding of other rows", zip => zip.SetMember("network", """{"inputs":8,"layers":[{"layer":"embedding","numeric":8,"tables":[{"categories":3,"width":1}]},{"layer":"linear","outputs":3}]}"""u8.ToArray()));
            Write("without weights", zip => zip.SetMember("network", """{"inputs":1048576,"layers":[{"layer":"linear","outputs":1048576},{"layer":"linear","outputs":3}]}"""u8.ToArray()));
            File.WriteAllBytes(Path.Combine(folder, "whole.zip"), _saved);
            Assert.IsLessThan(1 << 20, Directory.GetFiles(folder).Max(path => new FileInfo(path).Length), "The files are small.");
            var lines = FreshProcess.Run("load", folder).Split('\n');
            var outcomes = lines[..^1].ToDictionary(line => line.Split(".zip: ")[0], line => line.Split(".zip: ")[1], StringComparer.Ordinal);
            Assert.AreEqual("1 row scored", outcomes["whole"]);
            Holds("document", "Model.json must be 10485", "bytes long and at most 16777216.");
            Holds("history", "Model.json must have arrays of at most 1048576 entries. Got more. The file is altered");
            Holds("lists", "Model.json must hold at most 6000000 values and names. Got more.");
            Holds("long list", "Model.json must have arrays of at most 1048576 entries. Got more.");
            Holds("member", "Model.json must have member names of at most 200 bytes. Got 15728640.");
            Holds("relus", "Model.json must hold a network with a linear layer. Got 1000 layers, none of them linear.");
            Holds("relus and one linear", "Model.json must hold a network whose layers give at most 67108864 values for a row. Got 1047527427.");
            Holds("zeros", "must expand to at most 100 times its length, or to 64 MiB.");
            Holds("embeddings", "Weights.safetensors must hold tensor '0.table0' of the model.");
            Holds("embedding twice", "CategoryEmbeddingSpec must be the first layer of a network. Got it as layer 2.");
            Holds("embedding of other rows", "CategoryEmbeddingSpec must get rows of 9 values, 8 ordinary ones and 1 categories. Got 8.");
            Holds("without weights", "Weights.safetensors must hold tensor '0.weight' as F32 [1048576, 1048576]. Got F32 [8, 8].");
            Assert.IsLessThan(600_000, int.Parse(lines[^1], System.Globalization.CultureInfo.InvariantCulture), "kB at most, with .NET, ML.NET and libtorch.");

            void Holds(string name, params string[] parts)
            {
                foreach (var part in parts)
                    StringAssert.Contains(outcomes[name], part, StringComparison.Ordinal);
                StringAssert.StartsWith(outcomes[name], "FormatException: ", StringComparison.Ordinal);
                Assert.IsLessThan(1000, outcomes[name].Length);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        void Write(string name, Action<ModelZip> alter)
        {
            var zip = new ModelZip(_saved);
            alter(zip);
            File.WriteAllBytes(Path.Combine(folder, name + ".zip"), zip.ToBytes());
        }
    }

    [TestMethod]
    public void Messages_show_200_characters_of_a_value_at_most()
    {
        var text = new string('v', 5000);
        ShortlyRefused(zip => zip.SetMember("version", Encoding.UTF8.GetBytes($"\"{text}\"")), $"a version of at least 1. Got {text[..200]}… (5000 characters).");
        ShortlyRefused(zip => zip.SetMember("history", Encoding.UTF8.GetBytes($"\"{text}\"")), $"Got {text[..200]}… (5000 characters).");
        ShortlyRefused(zip => zip.SetMember("history", Encoding.UTF8.GetBytes($"[\"{text}\"]")), $"Got {text[..200]}… (5000 characters) as one.");
        ShortlyRefused(zip => zip.SetMember("classNames", Encoding.UTF8.GetBytes($$"""{"type":"{{text}}"}""")), "(5011 characters)");
        ShortlyRefused(zip => zip.Weights = Tensors([(text, torch.zeros(1))]), "Weights.safetensors must hold tensor '0.weight' of the model.");
        ShortlyRefused(zip => zip.Weights = Tensors([.. Stored(zip), (text, torch.zeros(1))]), $"Got '{text[..200]}… (5000 characters)' too.");
        ShortlyRefused(zip =>
        {
            zip.SetMember("library", "\"9\\n9\""u8.ToArray());
            zip.SetMember("version", "99"u8.ToArray());
        }, "Got 99, written by version 9␦9 of the library.");
    }

    [TestMethod]
    public void Text_that_is_not_Unicode_is_refused()
    {
        ShortlyRefused(zip => zip.SetMember("options", [.. "{\"a\":\""u8, 0xff, .. "\"}"u8]), "Model.json must be UTF-8. Got bytes that are not, from byte ");
        ShortlyRefused(zip => zip.SetMember("options", [.. "{\""u8, 0xc3, .. "\":1}"u8]), "Model.json must be UTF-8.");
        ShortlyRefused(zip => zip.SetMember("method", "\"\\ud800\""u8.ToArray()), "Model.json must be the JSON that this library writes.");
        ShortlyRefused(zip => zip.SetMember("classNames", """{"type":"String","values":["a","\ud800","c"]}"""u8.ToArray()), "classNames must hold values of type String.");
    }

    [TestMethod]
    public void Members_twice_and_deep_nesting_are_refused()
    {
        ShortlyRefused(zip => zip.SetMember("options", """{"seed":1,"seed":2}"""u8.ToArray()), "Model.json must be the JSON that this library writes.", "seed");
        ShortlyRefused(zip => zip.SetMember("options", [.. "{\"a\":"u8, .. Repeat("[", 40), .. Repeat("]", 40), .. "}"u8]), "Model.json must be the JSON that this library writes.", "depth");
    }

    [TestMethod]
    public void Classes_beyond_the_maximum_are_refused() => ShortlyRefused(zip =>
    {
        zip.SetMember("classes", "1048577"u8.ToArray());
        zip.SetMember("classNames", "null"u8.ToArray());
    }, "Model.json must have at least 2 and at most 1048576 classes. Got 1048577.");

    [TestMethod]
    public void A_history_beyond_the_maximum_is_refused() => ShortlyRefused(
        zip => zip.SetMember("history", [.. "["u8, .. Repeat("{},", 3 * 100_000), .. "{}]"u8]), "Model.json must have a history of at most 100000 epochs. Got 100001.");

    [TestMethod]
    [DataRow(float.NaN, "NaN")]
    [DataRow(float.NegativeInfinity, "-Infinity")]
    public void Weights_that_are_not_finite_are_refused(float value, string text) => ShortlyRefused(zip =>
    {
        using var scope = torch.NewDisposeScope();
        var tensors = Stored(zip);
        tensors[0].Value.view(-1)[2] = torch.tensor(value);
        zip.Weights = Tensors(tensors);
    }, $"A safetensors file must hold finite numbers in tensor '0.bias'. Got {text} at position 2.");

    [TestMethod]
    public void A_length_that_lies_expands_no_further()
    {
        var zip = new ModelZip(_saved);
        zip.SetMember("options", [.. "{\"a\":\""u8, .. Repeat("x", 12 << 20), .. "\"}"u8]);
        var bytes = zip.ToBytes();
        var name = Encoding.UTF8.GetBytes(zip.NameOf("Model.json"));
        // The central directory's record: 46 bytes before the name, with the length at 24.
        var at = bytes.AsSpan().LastIndexOf(name) - 46;
        BitConverter.TryWriteBytes(bytes.AsSpan(at + 24), 1000);
        var error = Assert.Throws<Exception>(() => Load(bytes));
        StringAssert.Contains(error.ToString(), "Got 1000. The file is cut off or altered", StringComparison.Ordinal);
    }

    [TestMethod]
    public void A_long_history_is_thinned_to_fit_and_names_that_do_not_fit_are_an_error()
    {
        using var small = Load(_saved);
        var report = small.Model.History[0];
        var history = Enumerable.Range(1, 100_000).Select(epoch => report with { Epoch = epoch, Epochs = 100_000, TrainingLoss = Math.PI / epoch, TrainingAccuracy = Math.E / 3 }).ToList();
        using var network = new Network(small.Model.Network, torch.CPU);
        var model = new FlipRegModelParameters(new ModelContent(network, InputEncoder.Identity(network.Width), "FER", "Label", new("Features", network.Width), small.Model.Names, small.Model.OptionsJson, history));
        var document = ModelDocument.Write(model);
        Assert.IsLessThanOrEqualTo(ModelDocument.MaximumBytes, document.Length);
        var epochs = JsonNode.Parse(document)!["history"]!.AsArray().Select(e => (int)e!["epoch"]!).ToArray();
        Assert.AreEqual(100_000, epochs[^1]);
        Assert.AreEqual(epochs[0], epochs[1] - epochs[0]);
        _ = ModelDocument.Read(new MemoryStream(document));
        var wordy = new FlipRegModelParameters(new ModelContent(network, InputEncoder.Identity(network.Width), "FER", "Label", new("Features", network.Width), null, "{\"a\":\"" + new string('x', 17 << 20) + "\"}", history));
        Assertions.Throws<InvalidOperationException>(() => ModelDocument.Write(wordy), "A model's class names and options must fit into 16 MiB.");
    }

    private static void ShortlyRefused(Action<ModelZip> alter, params string[] parts)
    {
        var zip = new ModelZip(_saved);
        alter(zip);
        var error = (Exception)Assert.ThrowsExactly<InvalidOperationException>(() => Load(zip.ToBytes()));
        while (error.InnerException is { } inner && error is not FormatException)
            error = inner;
        Assert.IsInstanceOfType<FormatException>(error);
        foreach (var part in parts)
            StringAssert.Contains(error.Message, part, StringComparison.Ordinal);
        Assert.IsLessThan(1000, error.Message.Length);
        Assert.IsFalse(error.Message.Any(char.IsControl));
    }

    private static List<(string Name, torch.Tensor Value)> Stored(ModelZip zip)
    {
        var stream = new MemoryStream(zip.Weights);
        var headers = SafetensorsReader.ReadHeader(stream);
        var tensors = headers.Select(h => (h.Name, Value: torch.empty(h.Shape))).ToList();
        SafetensorsReader.ReadValues(stream, headers, h => tensors.Single(t => t.Name == h.Name).Value);
        return tensors;
    }

    private static byte[] Tensors(IEnumerable<(string Name, torch.Tensor Value)> tensors)
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, tensors);
        return stream.ToArray();
    }

    private static byte[] Repeat(string text, int bytes)
    {
        var result = new byte[bytes / text.Length * text.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = (byte)text[i % text.Length];
        return result;
    }

    private static FlipRegPredictionTransformer Load(byte[] zip) => (FlipRegPredictionTransformer)new MLContext().Model.Load(new MemoryStream(zip), out _);
}
