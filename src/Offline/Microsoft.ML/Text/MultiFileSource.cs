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

    /// <summary>The files of a pattern: wild cards in names, <c>folder/...</c> with all subfolders, <c>a+b</c> for several.</summary>
    internal static string[] Expand(string pattern)
    {
        if (File.Exists(pattern))
            return [pattern];
        return pattern.Split('+', StringSplitOptions.RemoveEmptyEntries).SelectMany(part =>
        {
            var recursion = part.IndexOf("...", StringComparison.Ordinal);
            var folder = recursion >= 0 ? part[..recursion] : Path.GetDirectoryName(part);
            var names = recursion >= 0 ? part[(recursion + 3)..].TrimStart('/', '\\') : Path.GetFileName(part);
            folder = string.IsNullOrEmpty(folder) ? "." : folder;
            if (!Directory.Exists(folder) || (names.Length == 0 && recursion < 0))
                return [];
            var depth = recursion >= 0 ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly;
            return Directory.GetFiles(folder, names.Length == 0 ? "*" : names, depth).Order(StringComparer.Ordinal);
        }).ToArray();
    }
}
