using System.Diagnostics;

namespace FlipReg.Tests.Disks;

/// <summary>A real file system of a given size, mounted in a temporary folder.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    /// <summary>Mounts one; where this process may not, the test is skipped with the reason.</summary>
    public static SmallDisk Mount(int kibibytes)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("A small file system (tmpfs) is mounted on Linux only.");
        var folder = Directory.CreateTempSubdirectory("disk").FullName;
        var (code, error) = Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "flipreg", folder);
        if (code == 0)
            return new SmallDisk(folder);
        Directory.Delete(folder);
        Assert.Inconclusive($"Mounting a small file system needs root: {error}");
        throw new UnreachableException();
    }

    /// <summary>Fills what room is left; returns the file to delete for it to be free again.</summary>
    public string Fill()
    {
        var file = System.IO.Path.Combine(Path, "filler");
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var piece = new byte[4096];
        try
        {
            while (true)
                stream.Write(piece);
        }
        catch (IOException)
        {
            return file;
        }
    }

    public void Dispose()
    {
        Run("umount", Path);
        Directory.Delete(Path);
    }

    private static (int Code, string Error) Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, error.Trim());
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}
