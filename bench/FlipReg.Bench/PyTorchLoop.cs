using System.Diagnostics;
using System.Globalization;

namespace FlipReg.Bench;

/// <summary>The hand-written PyTorch loop in a process of its own, which trains when told to.</summary>
internal sealed class PyTorchLoop : IDisposable
{
    private readonly Process _process;

    private PyTorchLoop(Process process, string version) => (_process, Version) = (process, version);

    public string Version { get; }

    /// <summary>Starts the loop, or returns null where the system's python3 has no torch.</summary>
    public static PyTorchLoop? Start(string layers, int rows, int batch, int epochs, int threads) =>
        Start("training_loop.py", threads, "--layers", layers, "--rows", Text(rows), "--batch", Text(batch), "--epochs", Text(epochs));

    /// <summary>Starts the loop on images of a network in a file, or returns null where the system's python3 has no torch.</summary>
    public static PyTorchLoop? StartImages(string spec, int rows, int batch, int threads, bool channelsLast) =>
        Start("image_loop.py", threads, ["--spec", spec, "--rows", Text(rows), "--batch", Text(batch), .. channelsLast ? ["--channels-last"] : Array.Empty<string>()]);

    private static PyTorchLoop? Start(string script, int threads, params string[] arguments)
    {
        var info = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, script), .. arguments, "--threads", Text(threads)])
            info.ArgumentList.Add(argument);
        info.Environment["OPENBLAS_NUM_THREADS"] = Text(threads);
        info.Environment["OMP_NUM_THREADS"] = Text(threads);
        try
        {
            var process = Process.Start(info)!;
            var first = process.StandardOutput.ReadLine();
            if (first is not null)
                return new PyTorchLoop(process, first);
            Console.Error.WriteLine(process.StandardError.ReadToEnd());
            process.Dispose();
        }
        catch (System.ComponentModel.Win32Exception)
        {
        }

        return null;
    }

    /// <summary>Rows per second of one run.</summary>
    public double Run()
    {
        _process.StandardInput.WriteLine("run");
        return double.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit(10_000);
        _process.Dispose();
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
