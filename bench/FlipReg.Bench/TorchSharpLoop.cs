using System.Diagnostics;
using FlipReg.Data;
using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Bench;

/// <summary>The loop that a .NET user writes with TorchSharp itself, on the same libtorch, rows and compute thread.</summary>
internal static class TorchSharpLoop
{
    /// <summary>Rows per second of the second epoch on images.</summary>
    public static double RunImages(TrainingTable table, NetworkSpec bound, int batch, int threads) => ComputeThreads.Run(threads, () =>
    {
        var (network, _) = PlainModules.Build(bound.Layers, bound.Image!.Channels);
        using var owned = network;
        using var optimizer = optim.SGD(network.parameters(), 0.01, 0.9, weight_decay: 1e-4);
        var clock = new Stopwatch();
        for (var epoch = 0; epoch < 2; epoch++)
        {
            if (epoch == 1)
                clock.Start();
            using var scope = NewDisposeScope();
            var order = randperm(table.Rows);
            for (long first = 0; first < table.Rows; first += batch)
            {
                using var step = NewDisposeScope();
                var rows = order.narrow(0, first, Math.Min(batch, table.Rows - first));
                optimizer.zero_grad();
                var images = table.Features.index_select(0, rows).view(-1, bound.Image.Channels, bound.Image.Height, bound.Image.Width);
                nn.functional.cross_entropy(network.forward(images), table.Labels.index_select(0, rows)).backward();
                optimizer.step();
            }
        }

        return table.Rows / clock.Elapsed.TotalSeconds;
    });

    /// <summary>Rows per second of the epochs after the second.</summary>
    public static double Run(TrainingTable table, int[] layers, int batch, int epochs, int threads) => ComputeThreads.Run(threads, () =>
    {
        var modules = new List<(string, nn.Module<Tensor, Tensor>)>();
        for (var i = 1; i < layers.Length; i++)
        {
            modules.Add(($"linear{i}", nn.Linear(layers[i - 1], layers[i])));
            if (i < layers.Length - 1)
                modules.Add(($"relu{i}", nn.ReLU()));
        }

        using var network = nn.Sequential(modules);
        using var optimizer = optim.SGD(network.parameters(), 0.01, 0.9, weight_decay: 1e-4);
        var clock = new Stopwatch();
        for (var epoch = 1; epoch <= epochs + 2; epoch++)
        {
            if (epoch == 3)
                clock.Start();
            using var scope = NewDisposeScope();
            var order = randperm(table.Rows);
            for (long first = 0; first < table.Rows; first += batch)
            {
                using var step = NewDisposeScope();
                var rows = order.narrow(0, first, Math.Min(batch, table.Rows - first));
                optimizer.zero_grad();
                var logits = network.forward(table.Features.index_select(0, rows));
                nn.functional.cross_entropy(logits, table.Labels.index_select(0, rows)).backward();
                optimizer.step();
            }
        }

        return table.Rows * (double)epochs / clock.Elapsed.TotalSeconds;
    });
}
