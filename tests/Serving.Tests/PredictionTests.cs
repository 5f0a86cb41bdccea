using System.Net.Http.Json;
using Microsoft.ML;

namespace Serving.Tests;

/// <summary>Answers against Transform in this process.</summary>
[TestClass]
public sealed class PredictionTests
{
    private const int Rows = 300;

    [AssemblyCleanup]
    public static void DeleteModel() => Service.DeleteModel();

    [TestMethod]
    public async Task Single_rows_of_several_clients_are_what_transform_gives()
    {
        await using var service = await Service.StartAsync();
        var (rows, expected) = Expected();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async first =>
        {
            using var client = new HttpClient { BaseAddress = service.Client.BaseAddress };
            for (var i = 0; i < Rows; i++)
            {
                var row = (i + (first * 37)) % Rows;
                AreSame(expected[row], await service.PredictAsync(client, rows[row]), row);
            }
        }));
    }

    [TestMethod]
    public async Task Batches_beside_single_rows_are_what_transform_gives()
    {
        await using var service = await Service.StartAsync();
        var (rows, expected) = Expected();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async number =>
        {
            using var client = new HttpClient { BaseAddress = service.Client.BaseAddress };
            for (var i = 0; i < 20; i++)
            {
                var (first, count) = (number * 20 + i, 1 + (i * 13 % 170));
                var replies = await service.PredictBatchAsync(client, rows.Skip(first).Take(count));
                Assert.HasCount(Math.Min(count, Rows - first), replies);
                for (var row = 0; row < replies.Count; row++)
                    AreSame(expected[first + row], replies[row], first + row);
                AreSame(expected[first], await service.PredictAsync(client, rows[first]), first);
            }
        }));
    }

    [TestMethod]
    public async Task The_model_says_what_it_reads_and_gives()
    {
        await using var service = await Service.StartAsync("--Serving:MaximumRows=7");
        var model = await service.Client.GetFromJsonAsync<ModelReply>("model");
        Assert.AreEqual(4, model!.Features);
        Assert.AreEqual(7, model.MaximumRows);
        CollectionAssert.AreEquivalent(new[] { "setosa", "versicolor", "virginica" }, model.Classes.ToArray());
        var reply = await service.PredictAsync(service.Client, [6.3f, 2.9f, 5.6f, 1.8f]);
        Assert.AreEqual("virginica", reply.Label);
        Assert.AreEqual(reply.Scores.Max(), reply.Probability);
        Assert.AreEqual(reply.Probability, reply.Scores[model.Classes.ToList().IndexOf(reply.Label)]);
    }

    private static (float[][] Rows, Prediction[] Expected) Expected()
    {
        var random = new Random(5);
        float[][] rows = [.. Enumerable.Range(0, Rows).Select(_ => new[] { 8, 5, 7, 3 }.Select(size => (float)(size * random.NextDouble())).ToArray())];
        var ml = new MLContext();
        using var model = (IDisposable)ml.Model.Load(Service.ModelPath, out _);
        var view = ml.Data.LoadFromEnumerable(rows.Select(features => new Row { Features = features }), Row.Schema(4));
        return (rows, [.. ml.Data.CreateEnumerable<Prediction>(((ITransformer)model).Transform(view), reuseRowObject: false)]);
    }

    /// <summary>A row alone and in a batch may differ in the last bits.</summary>
    private static void AreSame(Prediction expected, PredictionReply actual, int row)
    {
        Assert.AreEqual(expected.PredictedLabel, actual.Label, $"row {row}");
        Assert.HasCount(expected.Score.Length, actual.Scores);
        for (var i = 0; i < expected.Score.Length; i++)
            Assert.AreEqual(expected.Score[i], actual.Scores[i], 1e-6, $"row {row}, class {i}");
    }
}
