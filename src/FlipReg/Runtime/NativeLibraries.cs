using System.Runtime.InteropServices;
using TorchSharp;

namespace FlipReg.Runtime;

/// <summary>
/// Loads libtorch and TorchSharp's native part once, before TorchSharp's first use. Where they cannot load, TorchSharp copies half a gigabyte
/// and then blames a missing package; this says which file lacks what, and what to do.
/// </summary>
internal static class NativeLibraries
{
    /// <summary>The libtorch that TorchSharp was built against.</summary>
    public const string LibtorchVersion = "2.10.0";

    private const string Bridge = "libLibTorchSharp.so";
    private const string Libtorch = "libtorch.so";
    private const string LibtorchCpu = "libtorch_cpu.so";

    private const int BindLazily = 1, BindNow = 2, OnlyIfLoaded = 4;

    private static readonly Version _needed = Version.Parse(LibtorchVersion);

    private static readonly Lazy<LoadFailure?> _failure = new(Load);

    private delegate ulong AbiVersion();

    /// <summary>Makes sure that the native libraries are loaded. To be called before the first use of TorchSharp; costs nothing after the first call.</summary>
    /// <exception cref="DllNotFoundException">A native library is absent, cannot load on this system, or is of another version than TorchSharp needs.</exception>
    public static void Require() => _failure.Value?.Throw();

    private static LoadFailure? Load()
    {
        // libgomp reads its environment when it is loaded, below.
        OpenMp.LimitSpinning();
        NativeHeap.KeepPages();
        try
        {
            return OperatingSystem.IsLinux() ? LoadFromFolders() : LoadByName();
        }
        catch (EntryPointNotFoundException)
        {
            // Before glibc 2.34 dlopen is not in libc itself: the runtime, which finds it, tells what is missing.
            return LoadByName();
        }
    }

    private static LoadFailure? LoadFromFolders()
    {
        var folders = Folders().ToList();
        if (Find(folders, Bridge) is not { } bridge)
            return LoadByName() is { } absent ? LoadFailure.Absent(Bridge, absent.Cause, Host()) : OfVersion(LoadedVersion());
        // libtorch first and lazily, as the runtime would: it is large. Then every symbol of the bridge at once: one that this libtorch lacks
        // would else end the process at its first call.
        if (Find([Path.GetDirectoryName(bridge)!, .. folders], Libtorch) is { } libtorch && Open(libtorch, BindLazily) is { } unloaded)
            return LoadFailure.Of(unloaded, null, Host());
        if (Open(bridge, BindNow) is { } unbound)
            return LoadFailure.Of(unbound, LoadedVersion(), Host());
        return OfVersion(LoadedVersion()) ?? LoadByName();
    }

    /// <summary>As TorchSharp does it, but for its copying.</summary>
    private static LoadFailure? LoadByName()
    {
        var assembly = typeof(torch).Assembly;
        try
        {
            // Not needed by itself: TorchSharp loads it first too, so that its folder is found.
            NativeLibrary.TryLoad("torch_cpu", assembly, null, out _);
            NativeLibrary.Load("LibTorchSharp", assembly, null);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return LoadFailure.Of(e.Message, null, Host());
        }
    }

    /// <summary>Releases that differ in the last number alone fit each other.</summary>
    private static LoadFailure? OfVersion(Version? loaded) =>
        loaded is null || (loaded.Major, loaded.Minor) == (_needed.Major, _needed.Minor) ? null : LoadFailure.OtherVersion(SystemLibraries.LoadedPath(LibtorchCpu), loaded, Host());

    /// <summary>The version of the libtorch that is loaded; null where none is, or one from before libtorch told it (2.9).</summary>
    private static Version? LoadedVersion()
    {
        var handle = OperatingSystem.IsLinux() ? DlOpen(LibtorchCpu, BindLazily | OnlyIfLoaded) : 0;
        if (handle == 0 || !NativeLibrary.TryGetExport(handle, "aoti_torch_abi_version", out var export))
            return null;
        // From the highest byte: major, minor, patch.
        var version = Marshal.GetDelegateForFunctionPointer<AbiVersion>(export)();
        return new Version((byte)(version >> 56), (byte)(version >> 48), (byte)(version >> 40));
    }

    /// <summary>Where the runtime looks for an assembly's native libraries, in its order.</summary>
    private static IEnumerable<string> Folders()
    {
        var known = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string?[] others = [Path.GetDirectoryName(typeof(torch).Assembly.Location), AppContext.BaseDirectory];
        return known.Concat(others.Where(f => !string.IsNullOrEmpty(f)).SelectMany(f => new[] { f!, Path.Combine(f!, "runtimes", "linux-x64", "native") }));
    }

    private static string? Find(IEnumerable<string> folders, string file) => folders.Select(f => Path.Combine(f, file)).FirstOrDefault(File.Exists);

    private static string Host() => SystemLibraries.Description();

    /// <summary>Opens a library for good; returns the system's message where that fails.</summary>
    private static string? Open(string path, int mode)
    {
        // Found now: to look the function up after a failure would clear the message.
        DlError();
        return DlOpen(path, mode) != 0 ? null : Marshal.PtrToStringUTF8(DlError()) ?? $"{path}: cannot be loaded";
    }

    [DllImport("libc", EntryPoint = "dlopen")]
    private static extern nint DlOpen([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int mode);

    [DllImport("libc", EntryPoint = "dlerror")]
    private static extern nint DlError();
}
