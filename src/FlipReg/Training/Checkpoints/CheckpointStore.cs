using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FlipReg.Data;
using static System.FormattableString;

namespace FlipReg.Training.Checkpoints;

/// <summary>
/// The checkpoints of one fit in a folder, which no other fit uses meanwhile. Each is a folder of three files in open formats:
/// checkpoint.json, state.safetensors, and SHA256SUMS as sha256sum(1) reads it. It is written under another name, flushed to the disk, then
/// renamed: what has its name is whole.
/// </summary>
internal sealed partial class CheckpointStore : IDisposable
{
    private const string DocumentFile = "checkpoint.json";
    private const string StateFile = "state.safetensors";
    private const string SumsFile = "SHA256SUMS";
    private const string UnfinishedPrefix = ".unfinished-";
    private const string LockFile = ".lock";

    private readonly string _directory;
    private readonly FileStream _lock;
    private string? _newest;

    private CheckpointStore(string directory, FileStream @lock) => (_directory, _lock) = (directory, @lock);

    /// <summary>The newest checkpoint that is there and undamaged, or null.</summary>
    public CheckpointDocument? Newest { get; private set; }

    /// <summary>Takes a folder into use, and makes it where it is missing.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="warning">Told of checkpoints that are damaged.</param>
    /// <exception cref="IOException">The folder cannot be written, another fit uses it, or every checkpoint in it is damaged.</exception>
    /// <exception cref="FormatException">A checkpoint is of a newer version, or not of this library.</exception>
    public static CheckpointStore Open(string directory, Action<string> warning)
    {
        var store = new CheckpointStore(directory, TakeLock(directory));
        try
        {
            // Left by a fit that was killed while it wrote: nobody else can be writing.
            foreach (var unfinished in Directory.GetDirectories(directory, UnfinishedPrefix + "*"))
                Directory.Delete(unfinished, recursive: true);
            store.FindNewest(warning);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Sets a fit's state from the newest checkpoint.</summary>
    /// <exception cref="FormatException">The checkpoint holds other tensors.</exception>
    public void Restore(TrainingState state)
    {
        var path = Path.Combine(_directory, _newest!, StateFile);
        using (var stream = File.OpenRead(path))
            CheckpointTensors.Read(stream, state, path);
        state.Counters = Newest!.Counters;
    }

    /// <summary>Writes a checkpoint, then removes all but the newest ones and the best.</summary>
    /// <param name="document">What it says.</param>
    /// <param name="state">The fit's state.</param>
    /// <param name="kept">Newest ones to keep.</param>
    public void Write(CheckpointDocument document, TrainingState state, int kept)
    {
        var name = Name(document.Progress.Position);
        var unfinished = Path.Combine(_directory, UnfinishedPrefix + name);
        try
        {
            Directory.CreateDirectory(unfinished);
            var sums = new StringBuilder();
            WriteFile(unfinished, DocumentFile, stream => stream.Write(document.Write()), sums);
            WriteFile(unfinished, StateFile, stream => CheckpointTensors.Write(stream, state), sums);
            WriteFile(unfinished, SumsFile, stream => stream.Write(Encoding.ASCII.GetBytes(sums.ToString())), new());
            DiskFlush.Folder(unfinished);
            // Only one that was found damaged can be there.
            TryDelete(Path.Combine(_directory, name));
            Directory.Move(unfinished, Path.Combine(_directory, name));
            DiskFlush.Folder(_directory);
        }
        catch
        {
            TryDelete(unfinished);
            throw;
        }

        (_newest, Newest) = (name, document);
        var best = document.Progress.BestEpoch == 0 ? null : Name(new FitPosition(document.Progress.BestEpoch, 0));
        foreach (var old in Names().Skip(kept).Where(old => old != best))
            TryDelete(Path.Combine(_directory, old));
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream TakeLock(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return new FileStream(Path.Combine(directory, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException) && File.Exists(Path.Combine(directory, LockFile)))
        {
            throw new IOException($"CheckpointDirectory must be used by one fit at a time. Another fit, of this or another process, uses '{directory}'. Wait for its end, or give each fit a folder of its own.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new IOException($"CheckpointDirectory must be a folder that can be written. Got '{directory}'. {e.Message} Give another folder, or the right to write there.", e);
        }
    }

    private void FindNewest(Action<string> warning)
    {
        string? damaged = null;
        foreach (var name in Names())
        {
            var path = Path.Combine(_directory, name);
            if (Damage(path) is { } damage)
            {
                damaged = Invariant($"Checkpoint '{path}' is damaged: {damage}.");
                warning($"{damaged} An older one is tried.");
                continue;
            }

            Newest = CheckpointDocument.Read(File.ReadAllBytes(Path.Combine(path, DocumentFile)), Path.Combine(path, DocumentFile));
            _newest = name;
            return;
        }

        if (damaged is not null)
            throw new IOException($"CheckpointDirectory must hold an undamaged checkpoint, or none. {damaged} No other is left in '{_directory}'. Remove them to train from the start, or use another folder.");
    }

    /// <summary>What is wrong with a checkpoint's files, or null.</summary>
    private static string? Damage(string path)
    {
        try
        {
            if (new FileInfo(Path.Combine(path, DocumentFile)).Length > CheckpointDocument.MaximumBytes)
                return Invariant($"{DocumentFile} is longer than {CheckpointDocument.MaximumBytes} bytes");
            if (new FileInfo(Path.Combine(path, SumsFile)).Length > 4096)
                return $"{SumsFile} is longer than it can be";
            var sums = File.ReadAllText(Path.Combine(path, SumsFile));
            foreach (var file in new[] { DocumentFile, StateFile })
            {
                using var stream = File.OpenRead(Path.Combine(path, file));
                if (!sums.Contains(Line(SHA256.HashData(stream), file), StringComparison.Ordinal))
                    return $"the SHA-256 of {file} is not the one in {SumsFile}";
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    private static void WriteFile(string directory, string file, Action<Stream> write, StringBuilder sums)
    {
        using var stream = new FileStream(Path.Combine(directory, file), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        using var hash = SHA256.Create();
        using (var hashed = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
            write(hashed);
        sums.Append(Line(hash.Hash!, file));
        stream.Flush(flushToDisk: true);
    }

    private static string Line(byte[] hash, string file) => $"{Convert.ToHexStringLower(hash)}  {file}\n";

    /// <summary>Names of the checkpoints, newest first.</summary>
    private IEnumerable<string> Names() => Directory.GetDirectories(_directory)
        .Select(path => (Name: Path.GetFileName(path), Match: NamePattern().Match(Path.GetFileName(path))))
        .Where(found => found.Match.Success)
        .OrderByDescending(found => Number(found.Match.Groups[1])).ThenByDescending(found => Number(found.Match.Groups[2]))
        .Select(found => found.Name);

    private static string Name(FitPosition position) => position.Steps == 0
        ? Invariant($"epoch-{position.Epochs:D6}")
        : Invariant($"epoch-{position.Epochs:D6}-step-{position.Steps:D9}");

    private static int Number(Group group) => group.Success ? int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    private static void TryDelete(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
                Directory.Delete(directory, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is in nobody's way: the next start removes what is unfinished, and an old checkpoint is only old.
        }
    }

    [GeneratedRegex(@"^epoch-(\d{6})(?:-step-(\d{9}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
