using System.IO.Compression;
using System.Runtime.CompilerServices;
using Microsoft.ML;

namespace MLNet.FlipReg.Interop;

/// <summary>The zip behind a model that ML.NET loads. ML.NET only gives entries that it has expanded already, whatever their size.</summary>
internal static class ZipEntries
{
    /// <summary>An entry of the part that is being loaded; null where there is none.</summary>
    public static ZipArchiveEntry? Find(ModelLoadContext context, string name)
    {
        var path = Path.Combine(context.Directory ?? "", name);
        var entries = Entries(context.Repository);
        // As ML.NET looks for it: old files have the other slash.
        return entries.GetValueOrDefault(path) ?? entries.GetValueOrDefault(path.Replace('/', '\\'));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_entries")]
    private static extern ref Dictionary<string, ZipArchiveEntry> Entries(RepositoryReader reader);
}
