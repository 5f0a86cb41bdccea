using System.IO.Compression;
using System.Text;
using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Weights;

/// <summary>Weights in the zip that torch.save writes since version 1.6: a pickle that describes the tensors, and an entry for each storage.</summary>
internal sealed class TorchWeights : WeightSource
{
    /// <summary>Bytes of the pickle at most: a thousand times a usual one.</summary>
    private const long MaximumPickle = 64 << 20;

    /// <summary>Dictionaries in dictionaries in which weights are looked for.</summary>
    private const int MaximumDepth = 4;

    /// <summary>Names that training programs keep weights under.</summary>
    private static readonly string[] _keys = ["state_dict", "model_state_dict", "model", "net", "network", "weights"];

    /// <summary>What wrappers of modules put before each name.</summary>
    private static readonly string[] _prefixes = ["module.", "_orig_mod."];

    private readonly long _length;
    private readonly ZipArchive _zip;
    private readonly string _root;
    private (string Key, Tensor Values)? _storage;

    /// <param name="stream">The file, which is closed with this object.</param>
    /// <param name="path">Its path, for messages.</param>
    public TorchWeights(Stream stream, string path)
    {
        _length = stream.Length;
        try
        {
            _zip = new ZipArchive(stream, ZipArchiveMode.Read);
            var pickles = _zip.Entries.Where(e => e.FullName == "data.pkl" || e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal)).Take(2).ToList();
            if (pickles.Count != 1)
                throw Bad($"must hold one data.pkl. Got {(pickles.Count == 0 ? "none" : "more")} in '{path}'. Save weights with torch.save(model.state_dict(), path)");
            _root = pickles[0].FullName[..^"data.pkl".Length];
            if (_zip.GetEntry(_root + "byteorder") is { } order && Encoding.ASCII.GetString(Content(order, 16)) != "little")
                throw Bad($"must hold little-endian values. Got others in '{path}'. Save it on a machine with little-endian numbers");
            var found = Find(TorchPickle.Read(Content(pickles[0], MaximumPickle)), 0)
                ?? throw Bad($"must hold a dictionary of tensors by name, or one under {string.Join(", ", _keys)}. Got none in '{path}'. Save weights with torch.save(model.state_dict(), path)");
            Tensors = Named(found);
        }
        catch (InvalidDataException e)
        {
            throw new FormatException(InvariantText.OfFile($"A PyTorch file must be a whole zip. {e.Message} Copy or download '{path}' again."), e);
        }
    }

    public override IReadOnlyList<StoredTensor> Tensors { get; }

    protected override void Dispose(bool disposing)
    {
        _storage?.Values.Dispose();
        _zip.Dispose();
    }

    /// <summary>The first dictionary that has tensors itself.</summary>
    private static TorchDictionary? Find(object? value, int depth)
    {
        if (value is not TorchDictionary dictionary || depth == MaximumDepth)
            return null;
        if (dictionary.Entries.Values.Any(entry => entry is TorchTensor))
            return dictionary;
        return _keys.Select(key => Find(dictionary.Entries.GetValueOrDefault(key), depth + 1)).FirstOrDefault(found => found is not null);
    }

    private List<StoredTensor> Named(TorchDictionary found)
    {
        var tensors = found.Entries.Where(entry => entry.Value is TorchTensor).ToDictionary(entry => entry.Key, entry => (TorchTensor)entry.Value!, StringComparer.Ordinal);
        if (tensors.Count > MaximumTensors)
            throw Bad($"must hold at most {MaximumTensors} tensors. Got {tensors.Count}");
        for (var again = true; again;)
        {
            var prefix = Array.Find(_prefixes, prefix => tensors.Count > 0 && tensors.Keys.All(name => name.StartsWith(prefix, StringComparison.Ordinal)));
            again = prefix is not null;
            if (again)
                tensors = tensors.ToDictionary(t => t.Key[prefix!.Length..], t => t.Value, StringComparer.Ordinal);
        }

        // Tensors of one storage are read one after another.
        var storages = tensors.Values.Select(t => t.Storage.Key).Distinct().Select((key, i) => (key, i)).ToDictionary(p => p.key, p => (long)p.i, StringComparer.Ordinal);
        return [.. tensors.Select(t => new StoredTensor(t.Key, t.Value.Shape, storages[t.Value.Storage.Key], () => Read(t.Value)))];
    }

    private Tensor Read(TorchTensor tensor)
    {
        var storage = Storage(tensor.Storage);
        using var scope = NewDisposeScope();
        return storage.as_strided(tensor.Shape, tensor.Strides, tensor.Offset).to(float32).contiguous().clone().MoveToOuterDisposeScope();
    }

    private Tensor Storage(TorchStorage storage)
    {
        if (_storage is { } kept && kept.Key == storage.Key)
            return kept.Values;
        _storage?.Values.Dispose();
        _storage = null;
        var (type, bytes) = SafetensorsHeader.ElementTypes[storage.ElementType];
        var entry = _zip.GetEntry($"{_root}data/{storage.Key}") ?? throw Bad($"must hold the values of each storage. Got none of 'data/{storage.Key}'");
        CheckStored(entry);
        if (entry.Length != (Int128)storage.Elements * bytes)
            throw Bad($"must hold {storage.Elements} elements of {bytes} bytes in 'data/{storage.Key}'. Got {entry.Length} bytes");
        var values = empty([storage.Elements], dtype: type).DetachFromDisposeScope();
        try
        {
            using var content = entry.Open();
            HostReads.WriteBytes(values, content.ReadExactly);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            values.Dispose();
            throw new FormatException(InvariantText.OfFile($"A PyTorch file must hold all of 'data/{storage.Key}'. It is cut off or altered. Copy or download it again."), e);
        }

        _storage = (storage.Key, values);
        return values;
    }

    private byte[] Content(ZipArchiveEntry entry, long maximum)
    {
        CheckStored(entry);
        if (entry.Length > maximum)
            throw Bad($"must have an entry '{entry.FullName}' of at most {maximum} bytes. Got {entry.Length}");
        var bytes = new byte[entry.Length];
        try
        {
            using var content = entry.Open();
            content.ReadExactly(bytes);
        }
        catch (EndOfStreamException e)
        {
            throw new FormatException(InvariantText.OfFile($"A PyTorch file must hold all of '{entry.FullName}'. It is cut off. Copy or download it again."), e);
        }

        return bytes;
    }

    // torch.save never compresses: what grows when it is read was made to.
    private void CheckStored(ZipArchiveEntry entry)
    {
        if (entry.Length != entry.CompressedLength)
            throw Bad($"must not be compressed. Got entry '{entry.FullName}' of {entry.CompressedLength} bytes that expand to {entry.Length}");
        if (entry.Length > _length)
            throw Bad($"must hold its entries. Got entry '{entry.FullName}' of {entry.Length} bytes in a file of {_length}");
    }

    private static FormatException Bad(FormattableString rule) => new($"A PyTorch file {InvariantText.OfFile(rule)}.");
}
