using System.Runtime.InteropServices;
using System.Text;

namespace FlipReg.Runtime;

/// <summary>What the system has: for messages.</summary>
internal static class SystemLibraries
{
    /// <summary>The system by name, with the versions of its C and C++ libraries where they can be told.</summary>
    public static string Description()
    {
        if (!OperatingSystem.IsLinux())
            return RuntimeInformation.OSDescription;
        var versions = new[] { LibcVersion(), LibstdcxxVersion() }.Where(v => v is not null);
        return $"{RuntimeInformation.OSDescription} ({string.Join(", ", versions.Append(RuntimeInformation.ProcessArchitecture.ToString()))})";
    }

    /// <summary>The file from which this process has loaded a library, or null.</summary>
    public static string? LoadedPath(string name)
    {
        try
        {
            // The sixth field; a path may hold spaces.
            return File.ReadLines("/proc/self/maps").Select(line => line.IndexOf('/') is var at and >= 0 ? line[at..] : "")
                .FirstOrDefault(path => Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? LibcVersion()
    {
        try
        {
            return $"glibc {Marshal.PtrToStringUTF8(GetLibcVersion())}";
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The newest symbol version that libstdc++ offers, which the .NET runtime itself has loaded.</summary>
    private static string? LibstdcxxVersion()
    {
        const string prefix = "GLIBCXX_3.4.";
        try
        {
            if (LoadedPath("libstdc++.so") is not { } path)
                return null;
            var file = File.ReadAllBytes(path);
            var newest = -1;
            for (var rest = file.AsSpan(); rest.IndexOf(Encoding.ASCII.GetBytes(prefix)) is var at and >= 0;)
            {
                rest = rest[(at + prefix.Length)..];
                var number = 0;
                foreach (var digit in rest[..Math.Min(3, rest.Length)])
                {
                    if (digit is < (byte)'0' or > (byte)'9')
                        break;
                    number = (10 * number) + digit - '0';
                }

                newest = Math.Max(newest, number);
            }

            return newest < 0 ? null : FormattableString.Invariant($"libstdc++ up to {prefix}{newest}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "gnu_get_libc_version")]
    private static extern nint GetLibcVersion();
}
