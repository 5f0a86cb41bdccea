using System.Text.Json;
using System.Text.Json.Serialization;
using FlipReg.Data;

namespace FlipReg.Bench;

/// <summary>What tells a training run from others.</summary>
internal interface ICellKey
{
    /// <summary>The file of the run in a store's folder, without its ending; another one for another run.</summary>
    string File { get; }
}

/// <summary>What a training run gave.</summary>
internal interface ICell<TKey>
{
    /// <summary>The run.</summary>
    TKey Key { get; }

    /// <summary>What the figures depend on beside the key: data, options, library.</summary>
    string Identity { get; }
}

/// <summary>Finished cells, a file each: written as a whole or not at all, and read only if they are of the same data, options and library.</summary>
/// <param name="folder">Where they are; made where it is missing.</param>
internal sealed class CellStore<TKey, TCell>(string folder)
    where TKey : class, ICellKey, IEquatable<TKey>
    where TCell : class, ICell<TKey>
{
    private static readonly JsonSerializerOptions _json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        IgnoreReadOnlyProperties = true,
    };

    /// <summary>The cell, or null where there is none, a damaged one, or one that came from something else.</summary>
    public TCell? Find(TKey key, string identity)
    {
        try
        {
            var cell = JsonSerializer.Deserialize<TCell>(File.ReadAllBytes(PathOf(key)), _json);
            return cell is not null && cell.Key.Equals(key) && cell.Identity == identity ? cell : null;
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public void Save(TCell cell)
    {
        var path = PathOf(cell.Key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, cell, _json));
    }

    internal string PathOf(TKey key) => Path.Combine(folder, key.File + ".json");
}

/// <summary>Names as parts of file names.</summary>
internal static class CellFile
{
    public static string Name(string text) => string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
}
