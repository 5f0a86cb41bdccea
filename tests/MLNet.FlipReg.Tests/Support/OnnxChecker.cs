using System.Diagnostics;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>The checker of the onnx package for Python. Debian's python3 is asked first.</summary>
internal static class OnnxChecker
{
    private const string Program = "import sys, onnx; m = onnx.load_model_from_string(sys.stdin.buffer.read()); onnx.checker.check_model(m, full_check=sys.argv[1] == 'True')";

    private static readonly Lazy<string?> _python = new(() => new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(python => Run(python, "import onnx", false, []) is ""));

    /// <summary>Fails where the checker does; inconclusive where it is not installed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="withShapes">Whether the shapes that follow from the inputs must be those declared.</param>
    public static void Check(byte[] model, bool withShapes = true)
    {
        if (_python.Value is null)
            Assert.Inconclusive("There is no Python with the package onnx. On Debian: apt-get install python3-onnx.");
        Assert.AreEqual("", Run(_python.Value, Program, withShapes, model));
    }

    /// <summary>Checks a file and the weights beside it.</summary>
    public static void CheckFile(string path)
    {
        if (_python.Value is null)
            Assert.Inconclusive("There is no Python with the package onnx. On Debian: apt-get install python3-onnx.");
        Assert.AreEqual("", Run(_python.Value, "import sys, onnx; onnx.checker.check_model(sys.stdin.read())", false, System.Text.Encoding.UTF8.GetBytes(path)));
    }

    /// <summary>What a program said when it failed; empty where it did not, null where it cannot be started.</summary>
    private static string? Run(string python, string program, bool withShapes, byte[] input)
    {
        var start = new ProcessStartInfo(python, ["-c", program, withShapes.ToString()]) { RedirectStandardInput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : $"exit code {process.ExitCode}: {error.Result}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
