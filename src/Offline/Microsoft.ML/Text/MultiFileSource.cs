namespace Microsoft.ML.Data;

public interface IMultiStreamSource
{
    int Count { get; }
    string GetPathOrNull(int index);
    Stream Open(int index);
    TextReader OpenTextReader(int index);
}

public sealed class MultiFileSource : IMultiStreamSource
{
    private readonly string[] _paths;

    public MultiFileSource(params string[] paths)
    {
        var given = (paths ?? []).Where(path => path is not null).ToArray();
        var expanded = given.SelectMany(Expand).ToArray();
        // Paths that match nothing stay: reading them tells what is wrong.
        _paths = expanded.Length > 0 ? expanded : given;
    }

    public int Count => _paths.Length;

    public string GetPathOrNull(int index)
    {
        Contracts.CheckParam((uint)index < (uint)Count, nameof(index));
        return _paths[index];
    }

    public Stream Open(int index)
    {
        var path = GetPathOrNull(index);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e)
        {
            throw new IOException($"Could not open file '{path}'. Error is: {e.Message}", e);
        }
    }

    public TextReader OpenTextReader(int index) => new StreamReader(Open(index));

    /// <summary>The file, or the files that match if the name holds wild cards.</summary>
    internal static string[] Expand(string pattern)
    {
        if (File.Exists(pattern))
            return [pattern];
        var folder = Path.GetDirectoryName(pattern) is { Length: > 0 } given ? given : ".";
        var name = Path.GetFileName(pattern);
        return name.AsSpan().ContainsAny('*', '?') && Directory.Exists(folder)
            ? Directory.GetFiles(folder, name).Order(StringComparer.Ordinal).ToArray()
            : [];
    }
}
