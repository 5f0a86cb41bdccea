using System.IO.Compression;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Tests.Golden.Scenarios;

/// <summary>Model.Save and Load.</summary>
internal static partial class ModelScenarios
{
    private static readonly MLContext _ml = new(1);

    /// <summary>Our trainer cannot be saved through public API, so the chain ends before it.</summary>
    [Scenario("model-io/zip-entries")]
    public static void Entries(Facts facts)
    {
        IDataView data = ColorModel.View(_ml);
        var model = ColorModel.Featurizer(_ml).Fit(data);
        using var stream = new MemoryStream();
        _ml.Model.Save(model, data.Schema, stream);
        facts["streamStillOpen"] = stream.CanRead;
        facts["entries"] = EntryNames(stream);
        facts["versionText"] = Version(stream);
        stream.Position = 0;
        ITransformer loaded = _ml.Model.Load(stream, out DataViewSchema schema);
        facts["inputSchemaAfterLoad"] = schema;
        facts["loadedType"] = loaded.GetType().Name.Split('`')[0];
        facts["samePredictions"] = JsonNode.DeepEquals(Dump.Rows(model.Transform(data)), Dump.Rows(loaded.Transform(data)));
        facts["outputSchemaEqual"] = JsonNode.DeepEquals(
            Dump.Schema(model.GetOutputSchema(data.Schema)), Dump.Schema(loaded.GetOutputSchema(schema)));
    }

    [Scenario("model-io/schema-round-trip")]
    public static void SchemaRoundTrip(Facts facts)
    {
        var view = new JsonView(JsonNode.Parse("""
            {"columns": [
                {"name": "A", "type": "Single"},
                {"name": "T", "type": "String"},
                {"name": "V", "type": "Vector<Single, 2>", "annotations": {"SlotNames": {"type": "Vector<String, 2>", "value": ["p", "q"]}}},
                {"name": "K", "type": "Key<UInt32, 0-1>", "annotations": {"KeyValues": {"type": "Vector<String, 2>", "value": ["k0", "k1"]}}},
                {"name": "D", "type": "Double"},
                {"name": "Bo", "type": "Boolean"},
                {"name": "W", "type": "Vector<Single>"},
                {"name": "N", "type": "Single", "annotations": {"IsNormalized": {"type": "Boolean", "value": true}}},
                {"name": "A", "type": "Int32"}],
             "rows": []}
            """)!);

        // The recording lists the columns by name, so neither A is marked as hidden there.
        JsonArray input = Dump.Schema(view.Schema);
        input[0]!.AsObject().Remove("hidden");
        facts["input"] = input;

        ITransformer copy = _ml.Transforms.CopyColumns("Z", "D").Fit(view);
        using var stream = new MemoryStream();
        _ml.Model.Save(copy, view.Schema, stream);
        facts["entriesSingleTransformer"] = EntryNames(stream);
        stream.Position = 0;
        ITransformer loaded = _ml.Model.Load(stream, out DataViewSchema schema);
        facts["schemaBack"] = schema;
        facts["loadedType"] = loaded.GetType().Name;

        using var withoutSchema = new MemoryStream();
        facts.Add("saveNullSchema", () => _ml.Model.Save(copy, null, withoutSchema));
        facts.Add("loadNullSchema", () =>
        {
            withoutSchema.Position = 0;
            _ml.Model.Load(withoutSchema, out DataViewSchema none);
            return none is null ? "schema is null" : "schema is there";
        });
        facts.Add("saveNullModel", () =>
        {
            using var empty = new MemoryStream();
            _ml.Model.Save(null, view.Schema, empty);
        });
    }

    [Scenario("model-io/bad-files")]
    public static void BadFiles(Facts facts)
    {
        using var files = new TempFiles();
        IDataView data = ColorModel.View(_ml);
        ITransformer model = ColorModel.Featurizer(_ml).Fit(data);
        byte[] good = Saved(model, data.Schema);
        byte[] text = "this is no zip archive, only text of some length"u8.ToArray();
        byte[] otherZip = Zip(archive => Write(archive, "readme.txt", "hello"u8.ToArray()));
        byte[] emptyZip = Zip(_ => { });

        facts.Add("stream_empty", () => LoadBytes([]));
        facts.Add("stream_text", () => LoadBytes(text));
        facts.Add("stream_otherZip", () => LoadBytes(otherZip));
        facts.Add("stream_emptyZip", () => LoadBytes(emptyZip));
        facts.Add("stream_half", () => LoadBytes(good[..(good.Length / 2)]));
        facts.Add("stream_minus10", () => LoadBytes(good[..^10]));
        facts.Add("stream_withoutSchemaEntry", () => LoadBytes(Rewrite(good, (name, bytes) => name == "Schema" ? null : bytes)));
        bool cut = false;
        facts.Add("stream_firstModelKeyCutInHalf", () => LoadBytes(Rewrite(good, (name, bytes) =>
        {
            if (cut || !name.EndsWith("Model.key", StringComparison.Ordinal))
                return bytes;
            cut = true;
            return bytes[..(bytes.Length / 2)];
        })));

        facts.Add("path_empty", () => _ml.Model.Load("", out _));
        facts.Add("path_text", () => LoadFile(files, text));
        facts.Add("path_otherZip", () => LoadFile(files, otherZip));
        facts.Add("path_emptyZip", () => LoadFile(files, emptyZip));
        facts.Add("path_half", () => LoadFile(files, good[..(good.Length / 2)]));
        facts.Add("path_missing", () => _ml.Model.Load(Path.Combine(files.Folder, "nope.zip"), out _));
        facts.Add("path_null", () => _ml.Model.Load((string)null!, out _));
        facts.Add("savePathMissingFolder", () => _ml.Model.Save(model, data.Schema, Path.Combine(files.Folder, "no", "m.zip")));
    }

    private static string LoadBytes(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        _ml.Model.Load(stream, out DataViewSchema schema);
        return $"loaded, schema {(schema is null ? "null" : "there")}";
    }

    private static object LoadFile(TempFiles files, byte[] bytes)
    {
        string path = Path.Combine(files.Folder, "m.zip");
        File.WriteAllBytes(path, bytes);
        return _ml.Model.Load(path, out _);
    }

    private static byte[] Saved(ITransformer model, DataViewSchema schema)
    {
        using var stream = new MemoryStream();
        _ml.Model.Save(model, schema, stream);
        return stream.ToArray();
    }

    private static byte[] Rewrite(byte[] zip, Func<string, byte[], byte[]?> change)
    {
        using var source = new ZipArchive(new MemoryStream(zip));
        return Zip(target =>
        {
            foreach (ZipArchiveEntry entry in source.Entries)
            {
                using var content = new MemoryStream();
                using (Stream stream = entry.Open())
                    stream.CopyTo(content);
                if (change(entry.FullName.Replace('\\', '/'), content.ToArray()) is { } changed)
                    Write(target, entry.FullName, changed);
            }
        });
    }

    private static byte[] Zip(Action<ZipArchive> fill)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            fill(archive);
        return stream.ToArray();
    }

    private static void Write(ZipArchive archive, string name, byte[] content)
    {
        using Stream stream = archive.CreateEntry(name).Open();
        stream.Write(content);
    }

    private static List<string> EntryNames(Stream stream)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        return [.. archive.Entries.Select(entry => entry.FullName.Replace('\\', '/'))];
    }

    [GeneratedRegex(@"^\d+\.\d+\.\d+[-+.\w]*")]
    private static partial Regex ProductVersion();

    private static string Version(Stream stream)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        ZipArchiveEntry? version = archive.Entries.SingleOrDefault(entry => entry.Name == "Version.txt");
        if (version is null)
            return "no Version.txt";
        using var reader = new StreamReader(version.Open());
        // The number is that of the build, and the recorded build was not the published one.
        return ProductVersion().Replace(reader.ReadToEnd(), "1.0.0");
    }
}
