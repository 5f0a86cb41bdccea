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

    /// <summary>Hides the paths of this thread's case.</summary>
    public static string Hide(string message) => _current?.HideIn(message) ?? message;

    /// <summary>Hides this case's paths, on any thread: the loader's workers report from theirs.</summary>
    public string HideIn(string message) =>
        message.Replace(DataFile, "<file>", StringComparison.Ordinal).Replace(Folder, "<dir>", StringComparison.Ordinal);

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        _current = null;
    }
}
