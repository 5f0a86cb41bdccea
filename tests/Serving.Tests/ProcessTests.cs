using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;

namespace Serving.Tests;

/// <summary>The program as a process: start, signals, exit codes.</summary>
[TestClass]
public sealed class ProcessTests
{
    [TestMethod]
    public async Task One_command_trains_and_serves_on_the_loopback_alone_and_stops_gracefully()
    {
        var model = Path.Combine(Path.GetTempPath(), $"flipreg-serving-process-{Environment.ProcessId}.zip");
        File.Delete(model);
        using var process = Start("--train", $"--Serving:ModelPath={model}", "--urls=http://127.0.0.1:0");
        var address = await AddressAsync(process);
        Assert.AreEqual("127.0.0.1", address.Host);
        Assert.IsTrue(File.Exists(model));
        using var slow = new SlowRequest(address);
        await slow.StartAsync();
        Terminate(process);
        await RefusesConnectionsAsync(address);
        Assert.IsFalse(process.HasExited, "It must wait for the request in flight.");
        await slow.EndAsync();
        var answer = await slow.ReadAsync();
        StringAssert.StartsWith(answer, "HTTP/1.1 200 ", StringComparison.Ordinal);
        StringAssert.Contains(answer, "\"setosa\"", StringComparison.Ordinal);
        await ExitsAsync(process, 0);
        File.Delete(model);
    }

    [TestMethod]
    public async Task A_request_that_never_ends_does_not_hold_up_the_stop_for_good()
    {
        using var process = Start($"--Serving:ModelPath={Service.ModelPath}", "--urls=http://127.0.0.1:0", "--Serving:StopSeconds=0.5");
        using var slow = new SlowRequest(await AddressAsync(process));
        await slow.StartAsync();
        Terminate(process);
        await ExitsAsync(process, 0);
    }

    [TestMethod]
    public async Task While_it_drains_it_is_live_and_serves_but_is_not_ready()
    {
        using var process = Start($"--Serving:ModelPath={Service.ModelPath}", "--urls=http://127.0.0.1:0", "--Serving:DrainSeconds=3");
        using var client = new HttpClient { BaseAddress = await AddressAsync(process) };
        Assert.AreEqual(HttpStatusCode.OK, (await client.GetAsync("health/live")).StatusCode);
        Assert.AreEqual(HttpStatusCode.OK, (await client.GetAsync("health/ready")).StatusCode);
        Terminate(process);
        var clock = Stopwatch.StartNew();
        while ((await client.GetAsync("health/ready")).StatusCode != HttpStatusCode.ServiceUnavailable)
            Assert.IsLessThan(2_500, clock.ElapsedMilliseconds, "It must say that it is not ready.");
        Assert.AreEqual(HttpStatusCode.OK, (await client.GetAsync("health/live")).StatusCode);
        using var answer = await client.PostAsJsonAsync("predict", new { features = new[] { 5, 3.5, 1.4, 0.2 } });
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode);
        await ExitsAsync(process, 0);
    }

    [TestMethod]
    [DataRow("Serving:ModelPath", "/no/such/model.zip", "There is no file '/no/such/model.zip'. Set the path, or train a model with --train.")]
    [DataRow("Serving:MaximumRows", "0", "Serving:MaximumRows must be at least 1 and at most 1000000. Got 0.")]
    [DataRow("Serving:TimeoutSeconds", "-1", "Serving:TimeoutSeconds must be at least 0.001 and at most 3600. Got -1.")]
    [DataRow("Serving:MaximumRows", "many", "MaximumRows")]
    public async Task A_service_that_cannot_work_does_not_start(string name, string value, string message)
    {
        using var process = Start($"--Serving:ModelPath={Service.ModelPath}", $"--{name}={value}", "--urls=http://127.0.0.1:0");
        var error = process.StandardError.ReadToEndAsync();
        await ExitsAsync(process, 1);
        StringAssert.Contains(await error, message, StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task A_damaged_model_is_not_served()
    {
        var path = Path.Combine(Path.GetTempPath(), $"flipreg-serving-damaged-{Environment.ProcessId}.zip");
        var bytes = File.ReadAllBytes(Service.ModelPath);
        await File.WriteAllBytesAsync(path, bytes[..(bytes.Length / 2)]);
        using var process = Start($"--Serving:ModelPath={path}", "--urls=http://127.0.0.1:0");
        await ExitsAsync(process, 1);
        StringAssert.StartsWith(await process.StandardError.ReadToEndAsync(), "serving: ", StringComparison.Ordinal);
        File.Delete(path);
    }

    [TestMethod]
    public async Task The_load_client_measures_a_service()
    {
        await using var service = await Service.StartAsync();
        using var process = Start("load", service.Client.BaseAddress!.ToString(), "3", "2");
        var output = await process.StandardOutput.ReadToEndAsync();
        await ExitsAsync(process, 0);
        StringAssert.Contains(output, "single rows", StringComparison.Ordinal);
        StringAssert.Contains(output, "p99", StringComparison.Ordinal);
        StringAssert.Contains(output, " 0 errors", StringComparison.Ordinal);
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ServingApp).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(start)!;
    }

    private static async Task<Uri> AddressAsync(Process process)
    {
        const string Listening = "Now listening on: ";
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at)
                return new Uri(line[(at + Listening.Length)..]);
        }

        throw new AssertFailedException($"The service did not start: {await process.StandardError.ReadToEndAsync()}");
    }

    private static void Terminate(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        kill.WaitForExit();
    }

    private static async Task RefusesConnectionsAsync(Uri address)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(address.Host, address.Port);
            }
            catch (SocketException)
            {
                return;
            }

            await Task.Delay(25);
        }

        Assert.Fail("The service still takes connections.");
    }

    private static async Task ExitsAsync(Process process, int code)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail("The service did not stop.");
        }

        Assert.AreEqual(code, process.ExitCode);
    }
}
