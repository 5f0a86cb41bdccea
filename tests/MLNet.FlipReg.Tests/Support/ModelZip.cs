using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>A saved model taken apart, to be put together again altered.</summary>
internal sealed class ModelZip
{
    private readonly Dictionary<string, byte[]> _entries = new(StringComparer.Ordinal);

    public ModelZip(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        foreach (var entry in archive.Entries)
        {
            using var content = entry.Open();
            using var copy = new MemoryStream();
            content.CopyTo(copy);
            _entries.Add(entry.FullName, copy.ToArray());
        }
    }

    public static byte[] Save(MLContext context, ITransformer model)
    {
        using var stream = new MemoryStream();
        context.Model.Save(model, null, stream);
        return stream.ToArray();
    }

    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>The member of Model.json under a name set to any text, valid or not.</summary>
    public void SetMember(string name, byte[] value)
    {
        var json = JsonNode.Parse(Json)!.AsObject();
        json[name] = "@@@";
        var text = Encoding.UTF8.GetBytes(json.ToJsonString());
        var at = text.AsSpan().IndexOf("\"@@@\""u8);
        SetHashed("Model.json", [.. text[..at], .. value, .. text[(at + 5)..]]);
    }

    /// <summary>Full name of our own part that ends so.</summary>
    public string NameOf(string end) => _entries.Keys.Single(n => n.EndsWith("/" + end, StringComparison.Ordinal) && (end != "Model.key" || _entries.ContainsKey(n.Replace("Model.key", "Model.json", StringComparison.Ordinal))));

    public byte[] this[string end]
    {
        get => _entries[NameOf(end)];
        set => _entries[NameOf(end)] = value;
    }

    public string Json
    {
        get => Encoding.UTF8.GetString(this["Model.json"]);
        set => SetHashed("Model.json", Encoding.UTF8.GetBytes(value));
    }

    public byte[] Weights
    {
        get => this["Weights.safetensors"];
        set => SetHashed("Weights.safetensors", value);
    }

    public void Remove(string end) => _entries.Remove(NameOf(end));

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in _entries)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    /// <summary>Replaces a part as a forger would: with the length and hash that belong to it.</summary>
    private void SetHashed(string end, byte[] content)
    {
        // Where ML.NET's own header ends differs between versions; the hash that is there finds the place.
        var key = this["Model.key"];
        var at = key.AsSpan().IndexOf(SHA256.HashData(this[end]));
        BitConverter.TryWriteBytes(key.AsSpan(at - sizeof(long)), (long)content.Length);
        SHA256.HashData(content).CopyTo(key.AsSpan(at));
        this[end] = content;
    }
}
