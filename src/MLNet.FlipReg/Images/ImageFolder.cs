using FlipReg;

namespace MLNet.FlipReg.Images;

/// <summary>An image and its class.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Label">Name of the class.</param>
internal sealed record LabelledImage(string Path, string Label);

/// <summary>The images in the class folders of a folder. Everything is in ordinal order of the paths inside it, so that every machine finds the same.</summary>
internal sealed class ImageFolder
{
    /// <summary>Files that systems leave in folders, never of interest; so are names that start with a dot.</summary>
    private static readonly HashSet<string> _systemFiles = new(StringComparer.OrdinalIgnoreCase) { "Thumbs.db", "desktop.ini" };

    private readonly string _root;
    private readonly List<LabelledImage> _images = [];
    private readonly List<ImageClass> _classes = [];
    private readonly List<SkippedFile> _skipped = [];
    private readonly List<string> _emptyClasses = [];
    private readonly byte[] _start = new byte[ImageFormats.Looked];

    private ImageFolder(string root) => _root = root;

    /// <summary>The images.</summary>
    public IReadOnlyList<LabelledImage> Images => _images;

    /// <summary>What was found.</summary>
    public ImageFolderReport Report => new(_classes, _skipped, _emptyClasses);

    /// <summary>Looks through a folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder cannot be read.</exception>
    public static ImageFolder Of(string path)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Directory.Exists(root))
            throw new DirectoryNotFoundException($"'{path}' must be a folder with one folder for each class. Got {(File.Exists(root) ? "a file" : $"nothing at '{root}'")}. Check the path.");
        // What lies in it is compared with where it really is.
        var folder = new ImageFolder(new DirectoryInfo(root).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? root);
        foreach (var entry in Entries(new DirectoryInfo(root)))
        {
            if (entry is DirectoryInfo directory && entry.LinkTarget is null)
                folder.AddClass(root, directory);
            else
                folder.Skip(root, entry, entry is DirectoryInfo ? "a link to a folder" : "outside of the class folders");
        }

        return folder;
    }

    private static IEnumerable<FileSystemInfo> Entries(DirectoryInfo folder) =>
        folder.EnumerateFileSystemInfos().Where(e => !e.Name.StartsWith('.') && !_systemFiles.Contains(e.Name)).OrderBy(e => e.Name, StringComparer.Ordinal);

    private void AddClass(string root, DirectoryInfo directory)
    {
        var before = _images.Count;
        Add(root, directory, directory.Name);
        if (_images.Count > before)
            _classes.Add(new ImageClass(directory.Name, _images.Count - before));
        else
            _emptyClasses.Add(directory.Name);
    }

    private void Add(string root, DirectoryInfo directory, string label)
    {
        foreach (var entry in Entries(directory))
        {
            if (entry is DirectoryInfo inner)
            {
                if (inner.LinkTarget is null)
                    Add(root, inner, label);
                else
                    Skip(root, entry, "a link to a folder");
            }
            else if (Problem(entry) is { } problem)
            {
                Skip(root, entry, problem);
            }
            else
            {
                _images.Add(new LabelledImage(entry.FullName, label));
            }
        }
    }

    private void Skip(string root, FileSystemInfo entry, string reason) => _skipped.Add(new SkippedFile(Path.GetRelativePath(root, entry.FullName).Replace('\\', '/'), reason));

    /// <summary>Why a file is left out; null where it is an image.</summary>
    private string? Problem(FileSystemInfo file)
    {
        try
        {
            if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is var target
                && !(target?.Exists == true && target.FullName.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
                return target?.Exists == true ? "a link out of the folder" : "a link to nothing";
            // Not opened: a pipe, which also has no length, would wait for its writer.
            if (((FileInfo)file).Length == 0 && file.LinkTarget is null)
                return "an empty file";
            using var handle = File.OpenHandle(file.FullName);
            var read = RandomAccess.Read(handle, _start, 0);
            return ImageFormats.IsRead(_start.AsSpan(0, read), out var name) ? null : name;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return $"not readable ({e.Message})";
        }
    }
}
