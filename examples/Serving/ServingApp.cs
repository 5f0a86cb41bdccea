using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using static System.FormattableString;

namespace Serving;

/// <summary>The service: configuration, limits, endpoints.</summary>
internal static class ServingApp
{
    private const string Scoring = "scoring";

    /// <summary>Loads the model and makes the service, ready to run.</summary>
    /// <param name="args">Configuration, such as --urls=http://127.0.0.1:0.</param>
    /// <param name="train">Whether a model is trained on Iris and written to Serving:ModelPath first.</param>
    public static WebApplication Create(string[] args, bool train)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var options = (builder.Configuration.GetSection("Serving").Get<ServingOptions>() ?? new()).Checked();
        var path = Path.GetFullPath(options.ModelPath, AppContext.BaseDirectory);
        if (train)
            FlowerTraining.Run(path);

        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = options.MaximumBodyBytes);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.DrainSeconds + options.StopSeconds));
        // Made by the container, so that it is disposed after the last request.
        builder.Services.AddSingleton(options).AddSingleton(_ => new ServedModel(path)).AddSingleton<RequestReader>().AddSingleton<Drain>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Drain>());
        builder.Services.AddHealthChecks().AddCheck<ReadyCheck>("ready");
        builder.Services.AddProblemDetails();
        builder.Services.AddRequestTimeouts(timeouts => timeouts.AddPolicy(Scoring, Timeout(options)));
        builder.Services.AddRateLimiter(limiter =>
        {
            limiter.AddConcurrencyLimiter(Scoring, limits => (limits.PermitLimit, limits.QueueLimit, limits.QueueProcessingOrder) = (options.MaximumConcurrency, options.MaximumQueue, QueueProcessingOrder.OldestFirst));
            limiter.OnRejected = (rejected, _) =>
            {
                rejected.HttpContext.Response.Headers.RetryAfter = "1";
                return new RequestProblem(503, "request", Invariant($"must be among {options.MaximumConcurrency} at work and {options.MaximumQueue} that wait"), "one more", "Try again later.").WriteAsync(rejected.HttpContext);
            };
        });

        var app = builder.Build();
        // A service that cannot score does not start.
        app.Services.GetRequiredService<ServedModel>();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseRequestTimeouts();
        app.UseRateLimiter();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready");
        app.MapGet("/model", (ServedModel model) => new ModelReply(model.FeatureCount, model.Classes, options.MaximumRows, options.MaximumBodyBytes, options.TimeoutSeconds));
        var scoring = app.MapGroup("");
        scoring.RequireRateLimiting(Scoring).WithRequestTimeout(Scoring).AddEndpointFilter(RequestProblem.Filter);
        scoring.MapPost("/predict", PredictAsync);
        scoring.MapPost("/predict/batch", PredictBatchAsync);
        return app;
    }

    private static async Task<PredictionReply> PredictAsync(HttpRequest request, RequestReader reader, ServedModel model) =>
        Reply(model.Predict(await reader.ReadRowAsync(request)), "features");

    private static async Task<BatchReply> PredictBatchAsync(HttpRequest request, RequestReader reader, ServedModel model)
    {
        var predictions = model.PredictBatch(await reader.ReadRowsAsync(request), request.HttpContext.RequestAborted);
        return new BatchReply([.. predictions.Select((prediction, i) => Reply(prediction, Invariant($"rows[{i}]")))]);
    }

    private static PredictionReply Reply(Prediction prediction, string field)
    {
        // Finite features may still be far beyond what the network's arithmetic holds.
        if (!prediction.Score.All(float.IsFinite))
            throw new RequestProblem(422, field, "must be of about the size of the training data", "values whose scores are not numbers", "Check the units.");
        return new PredictionReply(prediction.PredictedLabel, prediction.Score.Max(), prediction.Score);
    }

    private static RequestTimeoutPolicy Timeout(ServingOptions options) => new()
    {
        Timeout = TimeSpan.FromSeconds(options.TimeoutSeconds),
        TimeoutStatusCode = StatusCodes.Status504GatewayTimeout,
        WriteTimeoutResponse = context => new RequestProblem(504, "request", Invariant($"must be sent and answered within {options.TimeoutSeconds} seconds"), "a longer one", "Send it faster, or with fewer rows.").WriteAsync(context).AsTask(),
    };

    private sealed class ReadyCheck(Drain drain, ServedModel model) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            drain.HasBegun ? HealthCheckResult.Unhealthy("The service is about to stop.")
            : model.Predict(new float[model.FeatureCount]).Score.Length == model.Classes.Count ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The model does not score."));
    }
}

/// <summary>Says that the service is about to stop, and gives load balancers time to see it. Requests in flight are waited for by the server itself.</summary>
internal sealed class Drain(ServingOptions options) : IHostedLifecycleService
{
    public bool HasBegun { get; private set; }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        HasBegun = true;
        return Task.Delay(TimeSpan.FromSeconds(options.DrainSeconds), cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>GET /model.</summary>
internal sealed record ModelReply(int Features, IReadOnlyList<string> Classes, int MaximumRows, long MaximumBodyBytes, double TimeoutSeconds);

/// <summary>POST /predict: the class, its probability, and all probabilities in the order of GET /model's classes.</summary>
internal sealed record PredictionReply(string Label, float Probability, float[] Scores);

/// <summary>POST /predict/batch.</summary>
internal sealed record BatchReply(IReadOnlyList<PredictionReply> Predictions);
