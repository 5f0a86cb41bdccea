using System.IO.Compression;

namespace Microsoft.ML;

/// <summary>The zip a model is saved in. Entry names use '/'.</summary>
internal abstract class Repository
{
    internal static string Combine(string directory, string name)
        => string.IsNullOrEmpty(directory) ? name : string.IsNullOrEmpty(name) ? directory : $"{directory}/{name}";

    /// <summary>One entry's path and content.</summary>
    internal sealed record Entry(string Path, MemoryStream Stream);
}

internal sealed class RepositoryWriter : Repository, IDisposable
{
    private readonly ZipArchive _archive;
    private readonly HashSet<string> _names = [];

    private RepositoryWriter(Stream stream) => _archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);

    public static RepositoryWriter CreateNew(Stream stream)
    {
        Contracts.CheckValue(stream, nameof(stream));
        var repository = new RepositoryWriter(stream);
        repository.Write("TrainingInfo", "Version.txt", s => s.Write("1.0.0\n"u8));
        return repository;
    }

    public void Write(string directory, string name, Action<Stream> write)
    {
        // An entry may hold nested ones and a zip is written sequentially, so the content is buffered until complete.
        using var content = new MemoryStream();
        write(content);
        var path = Combine(directory, name);
        if (!_names.Add(path))
            throw Contracts.ExceptParam(nameof(name), $"Duplicate entry: '{path}'");
        using var target = _archive.CreateEntry(path).Open();
        content.Position = 0;
        content.CopyTo(target);
    }

    public void Dispose() => _archive.Dispose();
}

internal sealed class RepositoryReader : Repository, IDisposable
{
    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.OrdinalIgnoreCase);

    private RepositoryReader(ZipArchive archive)
    {
        _archive = archive;
        foreach (var entry in archive.Entries)
            _entries[entry.FullName.Replace('\\', '/')] = entry;
    }

    public static RepositoryReader Open(Stream stream)
    {
        Contracts.CheckValue(stream, nameof(stream));
        try
        {
            return new RepositoryReader(new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true));
        }
        catch (Exception ex)
        {
            throw Contracts.ExceptDecode(ex, "Failed to open a zip archive");
        }
    }


    public Entry OpenEntryOrNull(string directory, string name)
    {
        var path = Combine(directory, name);
        if (!_entries.TryGetValue(path, out var entry))
            return null;
        var content = new MemoryStream();
        using (var source = entry.Open())
            source.CopyTo(content);
        content.Position = 0;
        return new Entry(path, content);
    }

    public void Dispose() => _archive.Dispose();
}
