using System.Diagnostics;
using System.Globalization;
using static System.FormattableString;

namespace Serving;

/// <summary>Several clients that send requests one after another, each on a connection of its own, and what they saw.</summary>
internal static class LoadClient
{
    private const int BatchRows = 100;

    /// <summary>Prints requests per second and latencies. Arguments: clients (default 4), seconds (default 10, half of them for batches).</summary>
    public static async Task<int> RunAsync(Uri address, string[] args)
    {
        var clients = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 4;
        var seconds = args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 10;
        using var first = new HttpClient { BaseAddress = address };
        var features = (await first.GetFromJsonAsync<ModelReply>("model"))!.Features;
        var time = TimeSpan.FromSeconds(seconds / 2);
        await MeasureAsync(address, clients, TimeSpan.FromSeconds(1), "predict", random => new { features = Row(random, features) });
        var single = await MeasureAsync(address, clients, time, "predict", random => new { features = Row(random, features) });
        var batch = await MeasureAsync(address, clients, time, "predict/batch", random => new { rows = Enumerable.Range(0, BatchRows).Select(_ => Row(random, features)) });
        Console.WriteLine(Invariant($"{clients} clients on {address}"));
        Print("single rows", 1, single);
        Print(Invariant($"batches of {BatchRows}"), BatchRows, batch);
        return single.Errors + batch.Errors == 0 ? 0 : 1;
    }

    private static async Task<Measured> MeasureAsync(Uri address, int clients, TimeSpan time, string path, Func<Random, object> body)
    {
        var clock = Stopwatch.StartNew();
        var results = await Task.WhenAll(Enumerable.Range(0, clients).Select(seed => Task.Run(async () =>
        {
            using var client = new HttpClient { BaseAddress = address };
            var (random, milliseconds, errors) = (new Random(seed), new List<double>(), 0);
            while (clock.Elapsed < time)
            {
                var start = Stopwatch.GetTimestamp();
                using var answer = await client.PostAsJsonAsync(path, body(random));
                await answer.Content.ReadAsByteArrayAsync();
                milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                errors += answer.IsSuccessStatusCode ? 0 : 1;
            }

            return (milliseconds, errors);
        })));
        var elapsed = clock.Elapsed.TotalSeconds;
        return new Measured([.. results.SelectMany(r => r.milliseconds).Order()], results.Sum(r => r.errors), elapsed);
    }

    private static void Print(string name, int rows, Measured measured)
    {
        var (sorted, errors, seconds) = measured;
        Console.WriteLine(Invariant($"{name,-16} {sorted.Count / seconds,8:N0} requests/s {sorted.Count * rows / seconds,10:N0} rows/s   p50 {sorted[sorted.Count / 2]:F2} ms   p99 {sorted[sorted.Count * 99 / 100]:F2} ms   {errors} errors"));
    }

    private static float[] Row(Random random, int features) => [.. Enumerable.Range(0, features).Select(_ => (float)(8 * random.NextDouble()))];

    private sealed record Measured(List<double> Sorted, int Errors, double Seconds);
}
