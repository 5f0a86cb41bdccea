using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using FlipReg;
using Microsoft.AspNetCore.Builder;

namespace Serving.Tests;

/// <summary>The service in this process, on a free port of the loopback, with a client.</summary>
internal sealed class Service : IAsyncDisposable
{
    private static readonly Lazy<string> _model = new(() => Train(InputEncoding.Auto));

    private static readonly Lazy<string> _plainModel = new(() => Train(InputEncoding.None));

    private readonly WebApplication _app;

    private Service(WebApplication app) => (_app, Client) = (app, new HttpClient { BaseAddress = new Uri(app.Urls.Single()) });

    /// <summary>A model trained on Iris, made once.</summary>
    public static string ModelPath => _model.Value;

    /// <summary>A model whose features stay as they are: large ones make scores that are not numbers.</summary>
    public static string PlainModelPath => _plainModel.Value;

    /// <summary>Removes them.</summary>
    public static void DeleteModel()
    {
        foreach (var model in new[] { _model, _plainModel }.Where(model => model.IsValueCreated))
            File.Delete(model.Value);
    }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<Service> StartAsync(params string[] settings)
    {
        var app = ServingApp.Create(["--urls=http://127.0.0.1:0", $"--Serving:ModelPath={ModelPath}", .. settings], train: false);
        await app.StartAsync();
        return new Service(app);
    }

    private static string Train(InputEncoding encoding)
    {
        var path = Path.Combine(Path.GetTempPath(), $"flipreg-serving-{Environment.ProcessId}-{encoding}.zip");
        FlowerTraining.Run(path, encoding);
        return path;
    }

    public Task<HttpResponseMessage> PostAsync(string path, string body, string type = "application/json") =>
        Client.PostAsync(path, new StringContent(body, Encoding.UTF8, type));

    /// <summary>A request that must be refused, with a message that names field, value and remedy.</summary>
    public async Task RefusedAsync(string path, string body, HttpStatusCode status, string field, params string[] parts)
    {
        using var answer = await PostAsync(path, body);
        await IsProblemAsync(answer, status, field, parts);
    }

    public static async Task IsProblemAsync(HttpResponseMessage answer, HttpStatusCode status, string field, params string[] parts)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.AreEqual(status, answer.StatusCode, text);
        Assert.AreEqual("application/problem+json", answer.Content.Headers.ContentType?.MediaType, text);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.AreEqual((int)status, problem.GetProperty("status").GetInt32());
        Assert.AreEqual(field, problem.GetProperty("field").GetString(), text);
        Assert.IsGreaterThan(0, problem.GetProperty("rule").GetString()!.Length);
        Assert.IsGreaterThan(0, problem.GetProperty("remedy").GetString()!.Length);
        foreach (var part in parts)
            StringAssert.Contains(problem.GetProperty("detail").GetString()!, part, StringComparison.Ordinal);
    }

    public async Task<PredictionReply> PredictAsync(HttpClient client, float[] features)
    {
        using var answer = await client.PostAsJsonAsync("predict", new { features });
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<PredictionReply>())!;
    }

    public async Task<IReadOnlyList<PredictionReply>> PredictBatchAsync(HttpClient client, IEnumerable<float[]> rows)
    {
        using var answer = await client.PostAsJsonAsync("predict/batch", new { rows });
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<BatchReply>())!.Predictions;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
