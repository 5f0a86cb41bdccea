using System.Text.RegularExpressions;

namespace FlipReg.Runtime;

/// <summary>Why the native libraries cannot be used: which file, what it lacks, on which system, and what to do.</summary>
/// <param name="Problem">For the user.</param>
/// <param name="Cause">The system's own words.</param>
internal sealed partial record LoadFailure(string Problem, string Cause)
{
    private const string Package = $"Reference libtorch-cpu-linux-x64 {NativeLibraries.LibtorchVersion} (or TorchSharp-cuda-linux) in the application";

    /// <summary>The symbol version that is asked for by a marker only; the mend of FlipReg.targets lifts it.</summary>
    private const string MarkerVersion = "GLIBCXX_3.4.32";

    /// <summary>Reads the message of a library that did not load.</summary>
    /// <param name="cause">What dlopen said.</param>
    /// <param name="loaded">The version of the libtorch that is loaded, where it is known.</param>
    /// <param name="system">The system, with its libraries' versions.</param>
    public static LoadFailure Of(string cause, Version? loaded, string system)
    {
        if (MissingVersion().Match(cause) is { Success: true } version)
            return new($"'{version.Groups["file"].Value}' needs {version.Groups["version"].Value}, which {version.Groups["library"].Value} lacks. The system is {system}. {VersionRemedy(version.Groups["version"].Value)}", cause);
        if (MissingSymbol().Match(cause) is { Success: true } symbol)
            return new($"'{symbol.Groups["file"].Value}' needs libtorch {NativeLibraries.LibtorchVersion}. Got {(loaded is null ? "another version" : $"libtorch {loaded}")}, which lacks symbol {symbol.Groups["symbol"].Value}. The system is {system}. {Package}, and no other libtorch.", cause);
        if (MissingFile().Match(cause) is { Success: true } file)
            return Absent(file.Groups["file"].Value, cause, system);
        return new($"A native library did not load: {cause.Trim()}. The system is {system}. {Package}. If the file is damaged, restore its package again and rebuild.", cause);
    }

    /// <summary>A file is not where the runtime looks.</summary>
    public static LoadFailure Absent(string file, string cause, string system) =>
        new($"Native library {file} must be beside the application. Got no such file. The system is {system}. {FileRemedy(file)}", cause);

    /// <summary>All symbols are there, but the version is another one.</summary>
    public static LoadFailure OtherVersion(string? path, Version loaded, string system) =>
        new($"TorchSharp needs libtorch {NativeLibraries.LibtorchVersion}. Got libtorch {loaded}{(path is null ? "" : $" in '{path}'")}. The system is {system}. {Package}, and no other libtorch.", $"aoti_torch_abi_version: {loaded}");

    public void Throw() => throw new DllNotFoundException(Problem, new DllNotFoundException(Cause));

    private static string VersionRemedy(string version) => version == MarkerVersion
        ? "Let FlipReg's build step mend the file: leave FlipRegMendTorchSharp at true, and build or publish the application again. Or use a system with GCC 13's libstdc++, such as Debian 13 or Ubuntu 24.04."
        : "The system is older than TorchSharp allows. Use one that has it, such as Debian 12, Ubuntu 22.04, or newer.";

    private static string FileRemedy(string file) => file.Contains("LibTorchSharp", StringComparison.Ordinal)
        ? "It is part of package TorchSharp: build or publish the application for linux-x64, and copy the whole output folder."
        : file.StartsWith("libtorch", StringComparison.Ordinal) || file.StartsWith("libc10", StringComparison.Ordinal)
            ? $"{Package}, and copy the whole output folder."
            : "Install the system's package that holds it.";

    // glibc's messages; they are not translated. The file that was opened comes first, unless another is named as the one in need.
    [GeneratedRegex(@"(?<library>\S+): version `(?<version>[^']+)' not found \(required by (?<file>.+?)\)")]
    private static partial Regex MissingVersion();

    [GeneratedRegex(@"(?<file>/[^\n]*?): (undefined symbol: (?<symbol>[^\s,]+)|symbol (?<symbol>\S+?),? .*not defined in file)")]
    private static partial Regex MissingSymbol();

    [GeneratedRegex(@"(?<file>[^\s:/']+): cannot open shared object file: No such file")]
    private static partial Regex MissingFile();
}
