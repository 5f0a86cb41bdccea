using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using FlipReg;
using FlipReg.Data;
using Microsoft.ML;
using MLNet.FlipReg.Persistence;
using MLNet.FlipReg.Tests.Support;
using TorchSharp;

namespace MLNet.FlipReg.Tests;

/// <summary>Saved models: what is in them, and what happens to those that are damaged, forged or from the future.</summary>
[TestClass]
public sealed class ModelFileTests
{
    private static readonly MLContext _context = new(1);
    private static byte[] _saved = [];

    [ClassInitialize]
    public static void Save(TestContext _)
    {
        using var model = TrainerUnderTest.Named("Fer").Fit(_context, o => o.Network = NetworkSpec.Mlp([8], batchNorm: true, dropout: 0.1));
        _saved = ModelZip.Save(_context, model);
    }

    [TestMethod]
    public void The_zip_holds_open_formats()
    {
        var zip = new ModelZip(_saved);
        var json = JsonNode.Parse(zip.Json)!.AsObject();
        CollectionAssert.AreEqual(new[] { "format", "version", "library", "method", "labelColumn", "featureColumn", "classes", "classNames", "network", "encoding", "options", "history" }, json.Select(p => p.Key).ToArray());
        Assert.AreEqual("MLNet.FlipReg model", (string)json["format"]!);
        Assert.AreEqual(4, (int)json["version"]!);
        Assert.AreEqual("FER", (string)json["method"]!);
        Assert.AreEqual(3, json["classNames"]!["values"]!.AsArray().Count);
        Assert.AreEqual("blue", (string)json["classNames"]!["values"]![2]!);
        Assert.AreEqual("linear", (string)json["network"]!["layers"]![0]!["layer"]!);
        Assert.AreEqual(5.0, (double)json["options"]!["temperature"]!);
        Assert.AreEqual("Cosine", (string)json["options"]!["schedule"]!);
        Assert.IsFalse(json["options"]!.AsObject().ContainsKey("progress"));
        Assert.AreEqual(5, json["history"]!.AsArray().Count);
        using var model = Load(zip.ToBytes());
        var stored = SafetensorsReader.ReadHeader(new MemoryStream(zip.Weights));
        CollectionAssert.AreEquivalent(model.Model.GetWeights().Select(w => w.Name).Append("input.slots").Append("input.knots").ToArray(), stored.Select(t => t.Name).ToArray());
        CollectionAssert.Contains(stored.Select(t => t.Name).ToArray(), "1.running_mean");
    }

    [TestMethod]
    public void Saving_a_loaded_model_gives_the_same_parts()
    {
        using var model = Load(_saved);
        var (first, again) = (new ModelZip(_saved), new ModelZip(ModelZip.Save(_context, model)));
        Assert.AreEqual(first.Json, again.Json);
        CollectionAssert.AreEqual(first.Weights, again.Weights);
        CollectionAssert.AreEqual(first["Model.key"], again["Model.key"]);
    }

    [TestMethod]
    public void Loading_draws_no_random_numbers_and_reads_no_clock()
    {
        using var a = Load(_saved);
        using var b = Load(_saved);
        Assert.AreEqual(Assertions.Fingerprint(a.Model), Assertions.Fingerprint(b.Model));
    }

    [TestMethod]
    public void A_zip_cut_off_anywhere_is_an_error()
    {
        for (var length = 0; length < _saved.Length; length += 37)
            Assert.ThrowsExactly<FormatException>(() => Load(_saved[..length]), $"{length} of {_saved.Length} bytes");
    }

    [TestMethod]
    [DataRow("Model.json", "Model.json must be ")]
    [DataRow("Weights.safetensors", "Weights.safetensors must be ")]
    public void A_part_cut_off_or_longer_is_an_error(string part, string message)
    {
        var content = new ModelZip(_saved)[part];
        for (var length = 0; length < content.Length; length += Math.Max(1, content.Length / 40))
            Refused(zip => zip[part] = content[..length], message, $"Got {length}. The file is cut off or altered: copy or download it again.");
        Refused(zip => zip[part] = [.. content, 32], message, $"Got {content.Length + 1}.");
    }

    [TestMethod]
    [DataRow("Model.json")]
    [DataRow("Weights.safetensors")]
    public void A_flipped_bit_anywhere_in_a_part_is_an_error(string part)
    {
        var length = new ModelZip(_saved)[part].Length;
        for (var i = 0; i < 60; i++)
        {
            var bit = (int)((long)i * 8 * length / 60) + (i % 8);
            Refused(zip => zip[part][bit / 8] ^= (byte)(1 << (bit % 8)), $"{part} must have the SHA-256 recorded when the model was saved. Got another. The file is altered");
        }
    }

    [TestMethod]
    public void A_flipped_bit_in_the_key_is_an_error_or_changes_nothing()
    {
        var expected = Fingerprint(_saved);
        var length = new ModelZip(_saved)["Model.key"].Length;
        for (var bit = 0; bit < length * 8; bit += 5)
        {
            var zip = new ModelZip(_saved);
            zip["Model.key"][bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                // ML.NET's header has bits that nothing reads.
                Assert.AreEqual(expected, Fingerprint(zip.ToBytes()));
            }
            catch (Exception e) when (e is FormatException or InvalidOperationException or FileNotFoundException or FileLoadException)
            {
                Assert.IsNotEmpty(e.Message);
            }
        }
    }

    [TestMethod]
    public void A_missing_part_is_an_error()
    {
        Refused(zip => zip.Remove("Model.json"), "The model file must hold a part Model.json. Got none.");
        Refused(zip => zip.Remove("Weights.safetensors"), "The model file must hold a part Weights.safetensors. Got none.");
        var key = new ModelZip(_saved);
        key["Model.key"] = key["Model.key"][..(key["Model.key"].Length / 2)];
        Assert.ThrowsExactly<FormatException>(() => Load(key.ToBytes()), "ML.NET's own part, and its own error.");
    }

    [TestMethod]
    public void A_newer_version_says_what_to_do() =>
        Forged(json => (json["version"], json["library"], json["fieldOfTheFuture"]) = (ModelDocument.Version + 1, "9.9.9", true),
            $"Model.json must have a version of at most {ModelDocument.Version}. Got {ModelDocument.Version + 1}, written by version 9.9.9 of the library. Update MLNet.FlipReg");

    [TestMethod]
    public void Foreign_or_forged_content_is_an_error_that_says_what_is_wrong()
    {
        Forged(json => json["format"] = "something else", "Model.json must have the format 'MLNet.FlipReg model'.");
        Forged(json => json["version"] = 0, "a version of at least 1. Got 0.");
        Forged(json => json["version"] = "1", "a version of at least 1. Got 1.");
        Forged(json => json.Remove("method"), "method");
        Forged(json => json["method"] = null, "Model.json must be the JSON that this library writes.");
        Forged(json => json["extra"] = 1, "extra");
        Forged(json => json["classes"] = 4, "Got 3 outputs and 4 classes.");
        Forged(json => json["classes"] = -3, "Model.json must have at least 2 and at most 1048576 classes. Got -3.");
        Forged(json => json["classes"] = 1e300, "Model.json must be the JSON that this library writes.");
        Forged(json => json["featureColumn"] = "", "Model.json must name the label and the feature column");
        Forged(json => json["options"] = "code", "and hold options");
        Forged(json => json["history"] = 7, "Model.json must have a list of epochs as history. Got 7.");
        Forged(json => json.Remove("history"), "Model.json must have a list of epochs as history. Got none.");
        Forged(json => json["history"]!.AsArray().Add(null), "Model.json must have a history of epochs. Got null as one.");
        Forged(json => json["history"]!.AsArray().Add("x"), "Model.json must have a history of epochs. Got x as one.");
        Forged(json => json["classNames"]!["values"]!.AsArray().RemoveAt(0), "classNames must have a list of 3 values, one per class.");
        Forged(json => json["classNames"]!["type"] = "System.Diagnostics.Process", "classNames must have a type among String, Single,");
        Forged(json => json["classNames"]!["values"]![1] = 5, "classNames must hold values of type String.");
        Forged(json => json["network"]!["layers"]![0]!["layer"] = "python", "The network's JSON cannot be read");
        Forged(json => json["network"]!["layers"]![0]!["outputs"] = -8, "The network's JSON cannot be read");
        Forged(json => json["network"]!.AsObject().Remove("inputs"), "Got no outputs and 3 classes.");
        Refused(zip => zip.Json = "[]", "Model.json must have the format");
        Refused(zip => zip.Json = "not JSON", "Model.json must be the JSON that this library writes.");
        Refused(zip => zip.Json = zip.Json.Replace("\"classes\":3", "\"classes\":3,\"classes\":3", StringComparison.Ordinal), "Model.json must be the JSON that this library writes.");
        Refused(zip => zip.Json = string.Concat(Enumerable.Repeat("{\"a\":", 5000)), "Model.json must be the JSON that this library writes.");
    }

    [TestMethod]
    public void Weights_that_do_not_belong_to_the_network_are_an_error()
    {
        Forged(json => json["network"]!["layers"]![0]!["outputs"] = 9, "Weights.safetensors must hold tensor '0.weight' as F32 [9, 8]. Got F32 [8, 8].");
        Forged(json => json["encoding"]!["slots"] = 0, "Model.json must hold an encoding of 1 to 16777216 slots with at most 1000 knots each. Got 0 slots");
        Forged(json => json["encoding"]!["slots"] = 1 << 30, "Got 1073741824 slots");
        Forged(json => json["encoding"]!["knots"] = 1_000_000_000_000, "1000000000000 knots");
        Forged(json => json["encoding"]!["rowScale"] = -1, "a factor of -1");
        Forged(json => json["encoding"]!["slots"] = 5, "Weights.safetensors must hold tensor 'input.slots' as F32 [6, 5]. Got F32 [6, 4].");
        Forged(json => json["encoding"] = null, "Weights.safetensors must hold the model's tensors only. Got 'input.");
        Forged(json => json["network"]!["layers"]!.AsArray().RemoveAt(1), "Weights.safetensors must hold");
        Refused(zip => zip.Weights = Tensors(zip, tensors => tensors.RemoveAt(0)), "Weights.safetensors must hold tensor ", " of the model. Got none.");
        Refused(zip => zip.Weights = Tensors(zip, tensors => tensors.Add(("more", torch.ones(1)))), "Weights.safetensors must hold the model's tensors only. Got 'more' too.");
        Refused(zip => zip.Weights = Tensors(zip, tensors => tensors[0] = (tensors[0].Name, tensors[0].Value.to(torch.int64))), "Got I64");
        Refused(zip => zip.Weights = "(iposix\nsystem\n"u8.ToArray(), "A safetensors file must have a header of at most");
        Refused(zip => zip.Weights = [], "A safetensors file must start with the 8-byte length of its header. Got 0 bytes.");
    }

    [TestMethod]
    public void ML_NET_loads_the_assembly_that_a_file_names()
    {
        // What SECURITY.md warns of, and nothing of ours can prevent: ML.NET asks for the assembly before our loader is found.
        var zip = new ModelZip(_saved);
        var key = zip["Model.key"];
        Encoding.Unicode.GetBytes("MLNet.Absent1").CopyTo(key.AsSpan(key.AsSpan().IndexOf(Encoding.Unicode.GetBytes("MLNet.FlipReg"))));
        var error = Assert.Throws<FileNotFoundException>(() => Load(zip.ToBytes()));
        StringAssert.Contains(error.FileName, "MLNet.Absent1", StringComparison.Ordinal);
    }

    [TestMethod]
    public void A_small_file_cannot_ask_for_much_memory()
    {
        // A network of 4 TB in a file of a few kB: refused for what the weights part lacks, before anything is allocated for it.
        var before = GC.GetTotalAllocatedBytes();
        Forged(json =>
        {
            json["network"]!["layers"]![0]!["outputs"] = 1 << 20;
            json["network"]!["layers"]!.AsArray().Insert(1, JsonNode.Parse("""{"layer":"linear","outputs":1048576}"""));
        }, "Weights.safetensors must hold tensor '0.weight' as F32 [1048576, 8].");
        Assert.IsLessThan(20L << 20, GC.GetTotalAllocatedBytes() - before);
    }

    [TestMethod]
    public void Another_kind_of_file_is_an_error()
    {
        Assert.ThrowsExactly<FormatException>(() => Load("SepalLength,SepalWidth"u8.ToArray()));
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            archive.CreateEntry("readme.txt");
        Assert.ThrowsExactly<InvalidOperationException>(() => Load(stream.ToArray()));
    }

    private static void Forged(Action<JsonObject> alter, params string[] parts) => Refused(zip =>
    {
        var json = JsonNode.Parse(zip.Json)!.AsObject();
        alter(json);
        zip.Json = json.ToJsonString();
    }, parts);

    /// <summary>Loading fails with a FormatException of ours inside of whatever ML.NET wraps it in.</summary>
    private static void Refused(Action<ModelZip> alter, params string[] parts)
    {
        var zip = new ModelZip(_saved);
        alter(zip);
        var outer = Assert.ThrowsExactly<InvalidOperationException>(() => Load(zip.ToBytes()));
        var error = (Exception)outer;
        while (error.InnerException is { } inner && error is not FormatException)
            error = inner;
        Assert.IsInstanceOfType<FormatException>(error, outer.ToString());
        foreach (var part in parts)
            StringAssert.Contains(error.Message, part, StringComparison.Ordinal);
    }

    private static byte[] Tensors(ModelZip zip, Action<List<(string Name, torch.Tensor Value)>> alter)
    {
        using var scope = torch.NewDisposeScope();
        var stored = new MemoryStream(zip.Weights);
        var headers = SafetensorsReader.ReadHeader(stored);
        var tensors = headers.Select(h => (h.Name, Value: torch.empty(h.Shape, dtype: SafetensorsHeader.ElementTypes[h.ElementType].Type))).ToList();
        SafetensorsReader.ReadValues(stored, headers, h => tensors.Single(t => t.Name == h.Name).Value);
        alter(tensors);
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, tensors);
        return stream.ToArray();
    }

    private static string Fingerprint(byte[] zip)
    {
        using var model = Load(zip);
        return Assertions.Fingerprint(model.Model);
    }

    private static FlipRegPredictionTransformer Load(byte[] zip) => (FlipRegPredictionTransformer)new MLContext().Model.Load(new MemoryStream(zip), out _);
}
