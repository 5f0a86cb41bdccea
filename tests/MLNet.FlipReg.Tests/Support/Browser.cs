using System.Diagnostics;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>Chromium without a window: what a page looks like, and what its document is after it has loaded.</summary>
internal static class Browser
{
    private static readonly Lazy<string?> _program = new(() => new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists));

    /// <summary>Skips the test where there is no browser.</summary>
    public static void Require()
    {
        if (_program.Value is null)
            Assert.Inconclusive("There is no Chromium. On Debian: apt-get install chromium.");
    }

    /// <summary>The page as a PNG file.</summary>
    public static byte[] Picture(string page, int width = 1200, int height = 1600)
    {
        var picture = Path.ChangeExtension(page, ".png");
        Run($"--screenshot={picture}", FormattableString.Invariant($"--window-size={width},{height}"), new Uri(page).AbsoluteUri);
        return File.ReadAllBytes(picture);
    }

    /// <summary>The document after it has loaded, as HTML.</summary>
    public static string Document(string page) => Run("--dump-dom", new Uri(page).AbsoluteUri);

    private static string Run(params string[] arguments)
    {
        Require();
        var profile = Directory.CreateTempSubdirectory("flipreg-browser");
        try
        {
            // In a container there is no sandbox to be had; the pages are our own.
            var start = new ProcessStartInfo(_program.Value!, ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", $"--user-data-dir={profile.FullName}", .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(TimeSpan.FromSeconds(90)))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail("Chromium did not end within 90 s.");
            }

            Assert.AreEqual(0, process.ExitCode, errors.Result);
            return output.Result;
        }
        finally
        {
            try
            {
                profile.Delete(recursive: true);
            }
            catch (IOException)
            {
                // A helper of the browser may still write there; the system clears its temporary folder.
            }
        }
    }
}
