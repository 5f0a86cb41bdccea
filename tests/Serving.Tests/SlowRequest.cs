using System.Net.Sockets;
using System.Text;

namespace Serving.Tests;

/// <summary>A request for one prediction whose body comes in two parts, when the test says so.</summary>
internal sealed class SlowRequest(Uri address) : IDisposable
{
    private const string Body = """{"features":[5,3.5,1.4,0.2]}""";

    private readonly TcpClient _client = new(address.Host, address.Port) { NoDelay = true };

    /// <summary>Sends the head and half of the body, and gives the service time to begin with it.</summary>
    public async Task StartAsync()
    {
        await SendAsync($"POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body[..10]}");
        await Task.Delay(200);
    }

    public Task EndAsync() => SendAsync(Body[10..]);

    /// <summary>The whole answer; waits until the service closes the connection.</summary>
    public async Task<string> ReadAsync()
    {
        using var reader = new StreamReader(_client.GetStream(), Encoding.UTF8, leaveOpen: true);
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    public void Dispose() => _client.Dispose();

    private async Task SendAsync(string text) => await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
}
