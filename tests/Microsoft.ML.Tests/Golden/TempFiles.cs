namespace Microsoft.ML.Tests.Golden;

/// <summary>A temporary folder of one case. Its paths read <c>&lt;dir&gt;</c> and <c>&lt;file&gt;</c> in messages.</summary>
internal sealed class TempFiles : IDisposable
{
    // Flows into the threads a case starts: the loader's workers report from theirs.
    private static readonly AsyncLocal<TempFiles?> _current = new();

    public TempFiles()
    {
        Folder = Directory.CreateTempSubdirectory("mlnet-golden-").FullName;
        _current.Value = this;
    }

    public string Folder { get; }

    public string DataFile => Path.Combine(Folder, "data.txt");

    public static string Hide(string message) =>
        _current.Value is not { } files
            ? message
            : message.Replace(files.DataFile, "<file>", StringComparison.Ordinal)
                .Replace(files.Folder, "<dir>", StringComparison.Ordinal);

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        _current.Value = null;
    }
}
