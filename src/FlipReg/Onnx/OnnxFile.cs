using System.Security.Cryptography;
using System.Text.RegularExpressions;
using FlipReg.Data;
using static System.FormattableString;

namespace FlipReg.Onnx;

/// <summary>Writes ONNX models to streams and files. Values go from where they are to the disk: no second copy of a model is in memory.</summary>
internal static partial class OnnxFile
{
    /// <summary>Writes a model with all its values.</summary>
    /// <param name="stream">Receives it.</param>
    /// <param name="compose">Makes the model's message, its values where they are told to go.</param>
    /// <exception cref="NotSupportedException">The model would have 2 GiB or more.</exception>
    public static void Write(Stream stream, Func<OnnxWeights, ProtoMessage> compose)
    {
        var model = compose(new OnnxWeights(null));
        if (!Fits(model))
            throw new NotSupportedException(Invariant($"An ONNX model in a stream must have less than 2 GiB. Got {model.Size:N0} bytes. Write it to a path: its weights then go to a file beside it."));
        model.WriteTo(stream);
    }

    /// <summary>
    /// Writes a model to a file, and its values to a file beside it where asked for or where the model would have 2 GiB or more. Both are
    /// written aside and renamed; on failure the old model and its values are untouched.
    /// </summary>
    /// <param name="path">The model's file; its folder must be there.</param>
    /// <param name="external">Whether the values go to a file beside the model in any case. Its name holds their hash, so that old models keep theirs.</param>
    /// <param name="compose">Makes the model's message, its values where they are told to go.</param>
    /// <param name="verify">Looks at the written model before it gets its place, or null.</param>
    /// <exception cref="IOException">There is no such folder, or no room.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static void Write(string path, bool external, Func<OnnxWeights, ProtoMessage> compose, Action<string>? verify = null)
    {
        var full = Path.GetFullPath(path);
        var (folder, name) = (Path.GetDirectoryName(full) ?? "", Path.GetFileName(full));
        if (name.Length == 0 || Directory.Exists(full))
            throw new IOException($"The path of an ONNX model must name a file. Got the folder '{path}'. Add a name to it.");
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The folder of an ONNX model must be there. Got '{folder}', which is not. Create it.");
        var aside = Path.Combine(folder, Invariant($".{name}.{Guid.NewGuid():N}.tmp"));
        try
        {
            Directory.CreateDirectory(aside);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new UnauthorizedAccessException($"The folder of an ONNX model must be writable. Got '{folder}', which is not: {e.Message} Choose another one.", e);
        }

        try
        {
            var model = compose(new OnnxWeights(null));
            string? data = null;
            if (external || !Fits(model))
            {
                data = WriteData(aside, name, compose);
                model = compose(new OnnxWeights(data));
            }

            var written = Path.Combine(aside, name);
            Write(written, model.WriteTo);
            verify?.Invoke(written);
            if (data is not null)
                File.Move(Path.Combine(aside, data), Path.Combine(folder, data), overwrite: true);
            File.Move(written, full, overwrite: true);
            DiskFlush.Folder(folder);
            DeleteOldData(folder, name, data);
        }
        finally
        {
            Directory.Delete(aside, recursive: true);
        }
    }

    // Protocol Buffers allow no more in one message.
    private static bool Fits(ProtoMessage model) => model.Size <= int.MaxValue;

    private static string WriteData(string folder, string name, Func<OnnxWeights, ProtoMessage> compose)
    {
        var pending = Path.Combine(folder, "data");
        var weights = new OnnxWeights("pending");
        compose(weights);
        using var hash = SHA256.Create();
        Write(pending, stream =>
        {
            using var hashed = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true);
            weights.WriteTo(hashed);
        });
        var data = $"{name}.{Convert.ToHexStringLower(hash.Hash!.AsSpan(0, 8))}.data";
        File.Move(pending, Path.Combine(folder, data));
        return data;
    }

    private static void Write(string path, Action<Stream> write)
    {
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        write(stream);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Deletes the values of a model that was replaced: files that have a name of ours.</summary>
    private static void DeleteOldData(string folder, string name, string? data)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.data").ToList())
        {
            var other = Path.GetFileName(file);
            if (other != data && other.StartsWith(name + ".", StringComparison.Ordinal) && DataSuffix().IsMatch(other[name.Length..]))
                File.Delete(file);
        }
    }

    [GeneratedRegex("^\\.[0-9a-f]{16}\\.data$")]
    private static partial Regex DataSuffix();
}
