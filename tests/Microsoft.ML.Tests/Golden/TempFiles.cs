namespace Microsoft.ML.Tests.Golden;

/// <summary>A temporary folder of one case. Its paths read <c>&lt;dir&gt;</c> and <c>&lt;file&gt;</c> in messages.</summary>
internal sealed class TempFiles : IDisposable
{
    [ThreadStatic]
    private static TempFiles? _current;

    public TempFiles()
    {
        Folder = Directory.CreateTempSubdirectory("mlnet-golden-").FullName;
        _current = this;
    }

    public string Folder { get; }

    public string DataFile => Path.Combine(Folder, "data.txt");

    public static string Hide(string message) =>
        _current is null
            ? message
            : message.Replace(_current.DataFile, "<file>", StringComparison.Ordinal)
                .Replace(_current.Folder, "<dir>", StringComparison.Ordinal);

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        _current = null;
    }
}
