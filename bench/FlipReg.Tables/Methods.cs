using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace FlipReg.Tables;

/// <summary>A trainer with its defaults and what it needs before it.</summary>
/// <param name="Name">As in results.</param>
/// <param name="Options">What it is made with, as text: part of a cell's identity.</param>
/// <param name="Library">Version of the code that trains.</param>
/// <param name="Make">Makes the pipeline for columns Label (key) and Features.</param>
internal sealed record Method(string Name, string Options, string Library, Func<MLContext, Table, int, IEstimator<ITransformer>> Make)
{
    /// <summary>Version of ML.NET.</summary>
    public static string MlNet { get; } = typeof(MLContext).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>All of ML.NET's, then ours, or a choice of them, ours in the variants given.</summary>
    /// <exception cref="ArgumentException">A name is unknown.</exception>
    public static IReadOnlyList<Method> Of(IReadOnlyList<string>? names, IReadOnlyList<Variant> variants)
    {
        var all = new Dictionary<string, IEnumerable<Method>>(StringComparer.Ordinal)
        {
            ["LightGbm"] = [new("LightGbm", "", MlNet, (c, _, threads) => c.MulticlassClassification.Trainers.LightGbm(new LightGbmMulticlassTrainer.Options { NumberOfThreads = threads }))],
            ["FastTree"] = [new("FastTree", "", MlNet, (c, _, threads) => c.MulticlassClassification.Trainers.OneVersusAll(
                c.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options { NumberOfThreads = threads })))],
            ["Sdca"] = [new("Sdca", "", MlNet, (c, table, threads) => Normalized(c, table, c.MulticlassClassification.Trainers.SdcaMaximumEntropy(
                new SdcaMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = threads })))],
            ["Lbfgs"] = [new("Lbfgs", "", MlNet, (c, table, threads) => Normalized(c, table, c.MulticlassClassification.Trainers.LbfgsMaximumEntropy(
                new LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = threads })))],
            ["CrossEntropy"] = variants.Select(v => Ours("CrossEntropy", v, () => new CrossEntropyOptions(), (t, o) => t.CrossEntropy(o))),
            ["Ols"] = variants.Select(v => Ours("Ols", v, () => new OlsOptions(), (t, o) => t.Ols(o))),
            ["Fer"] = variants.Select(v => Ours("Fer", v, () => new FerOptions(), (t, o) => t.Fer(o))),
            ["FerNoisy"] = variants.Select(v => Ours("FerNoisy", v, () => new FerOptions { NoisyLabels = true }, (t, o) => t.Fer(o))),
            ["FerElr"] = variants.Select(v => Ours("FerElr", v, () => new FerElrOptions(), (t, o) => t.FerElr(o))),
        };
        return [.. (names ?? [.. all.Keys]).SelectMany(name => all.TryGetValue(name, out var methods)
            ? methods
            : throw new ArgumentException($"--methods must be of {string.Join(", ", all.Keys)}. Got '{name}'."))];
    }

    /// <summary>The usual pipeline of ML.NET's linear trainers. They skip rows with a missing value, so it is filled in before.</summary>
    private static IEstimator<ITransformer> Normalized(MLContext context, Table table, IEstimator<ITransformer> trainer)
    {
        var normalizer = context.Transforms.NormalizeMinMax("Features");
        return table.HasMissing
            ? context.Transforms.ReplaceMissingValues("Features", replacementMode: Microsoft.ML.Transforms.MissingValueReplacingEstimator.ReplacementMode.Mean).Append(normalizer).AppendCacheCheckpoint(context).Append(trainer)
            : normalizer.AppendCacheCheckpoint(context).Append(trainer);
    }

    private static Method Ours<TOptions>(string method, Variant variant, Func<TOptions> create,
        Func<MulticlassClassificationCatalog.MulticlassClassificationTrainers, TOptions, FlipRegTrainer<TOptions>> trainer)
        where TOptions : TrainingOptions
    {
        // Each build has an id of its own.
        var library = string.Join(' ', new[] { typeof(TrainingOptions), typeof(FlipRegCatalog) }.Select(t => t.Module.ModuleVersionId));
        return new(variant.Name.Length == 0 ? method : $"{method} {variant.Name}", variant.Options.ToJsonString(), library, (context, _, threads) =>
        {
            var options = create();
            // One thread: that. More: as many as the trainer's own rule takes.
            options.Threads = threads == 1 ? 1 : null;
            variant.Apply(options);
            return trainer(context.MulticlassClassification.Trainers, options);
        });
    }
}
