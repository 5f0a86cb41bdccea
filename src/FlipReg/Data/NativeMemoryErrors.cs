using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace FlipReg.Data;

/// <summary>Turns the native library's "out of memory" into an error that says how much was asked for, for what, and what to do.</summary>
internal static partial class NativeMemoryErrors
{
    /// <summary>Whether an exception says that native memory, the host's or the GPU's, is used up.</summary>
    public static bool IsOne(Exception e) => e is ExternalException && Allocation().IsMatch(e.Message);

    /// <summary>The error for a user.</summary>
    /// <param name="e">An exception for which <see cref="IsOne"/> holds.</param>
    /// <param name="what">What was to be made, with its sizes.</param>
    public static InsufficientMemoryException Explain(Exception e, string what)
    {
        var match = Allocation().Match(e.Message);
        var asked = long.TryParse(match.Groups["bytes"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            ? FormattableString.Invariant($"{(bytes + (1 << 20) - 1) >> 20:N0} MiB") : match.Groups["size"].Success ? match.Groups["size"].Value : "memory";
        return new InsufficientMemoryException(
            $"There must be memory for {what}. Got a {(match.Groups["gpu"].Success ? "GPU" : "machine")} without room when {asked} more were asked for. Use fewer rows or features, a smaller BatchSize or network, or more memory.", e);
    }

    // "DefaultCPUAllocator: can't allocate memory: you tried to allocate 123 bytes"; "CUDA out of memory. Tried to allocate 2.00 GiB"
    [GeneratedRegex(@"can't allocate memory(: you tried to allocate (?<bytes>\d+) bytes)?|not enough memory(: you tried to allocate (?<bytes>\d+) bytes)?|std::bad_alloc|Storage size calculation overflowed|(?<gpu>CUDA out of memory)(\. Tried to allocate (?<size>[0-9.]+ [KMG]iB))?", RegexOptions.CultureInvariant)]
    private static partial Regex Allocation();
}
