using FlipReg.Training;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Interop;
using static System.FormattableString;

namespace FlipReg;

/// <summary>
/// Trains one network through several cycles of the learning rate and averages the probabilities of its snapshots, one from the end of each (Huang et al., "Snapshot Ensembles: Train 1, Get M
/// for Free", ICLR 2017). Made by <c>MulticlassClassification.SnapshotEnsemble</c>.
/// </summary>
/// <typeparam name="TOptions">The method's options, such as <see cref="OlsOptions"/>.</typeparam>
public sealed class SnapshotEnsembleTrainer<TOptions> : IEstimator<FlipRegEnsembleTransformer>
    where TOptions : TrainingOptions
{
    private readonly IHostEnvironment _environment;
    private readonly TOptions _options;
    private readonly int _cycles;
    private readonly IDataView? _validationData;

    internal SnapshotEnsembleTrainer(IHostEnvironment environment, TOptions options, int cycles, IDataView? validationData)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionRules.Check(options);
        if (cycles < 1 || cycles > Math.Min(options.Epochs, FlipRegEnsembleTransformer.MaximumModels))
            throw new ArgumentOutOfRangeException(nameof(cycles), Invariant($"cycles must be at least 1 and at most Epochs ({options.Epochs}) and {FlipRegEnsembleTransformer.MaximumModels}. Got {cycles}. Each cycle takes an equal part of the epochs."));
        if (options.Schedule != ScheduleKind.Cosine)
            throw new ArgumentOutOfRangeException(nameof(options), $"Schedule must be Cosine for snapshots, which are taken where the learning rate has fallen to 0. Got {options.Schedule}. Leave the option out.");
        if (options.WarmupEpochs >= options.Epochs / cycles)
            throw new ArgumentOutOfRangeException(nameof(options), Invariant($"WarmupEpochs must be below the {options.Epochs / cycles} epochs of a cycle. Got {options.WarmupEpochs}. Lower it, or take fewer cycles."));
        (_environment, _options, _cycles, _validationData) = (environment, (TOptions)options.Copy(), cycles, validationData);
    }

    /// <summary>The columns after training: PredictedLabel and Score are added.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column that training needs is missing or of the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Trainer(_options).GetOutputSchema(inputSchema);

    /// <summary>Trains on data, cycle after cycle, each from the weights that the one before ended with.</summary>
    /// <param name="input">Rows to train on; read once for each cycle.</param>
    /// <inheritdoc cref="FlipRegTrainerBase{TTransformer, TModel}.Fit(IDataView, IDataView)" path="/exception"/>
    public FlipRegEnsembleTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var seed = _options.Seed ?? HostAccess.Seed(_environment) ?? Random.Shared.Next();
        var models = new List<FlipRegPredictionTransformer>(_cycles);
        try
        {
            for (var cycle = 0; cycle < _cycles; cycle++)
            {
                var options = OfCycle(cycle, seed);
                models.Add(cycle == 0 ? Trainer(options).Fit(input, _validationData) : Trainer(options).Fit(input, _validationData, models[^1].Model));
            }

            return new FlipRegEnsembleTransformer(models);
        }
        catch
        {
            models.ForEach(model => model.Dispose());
            throw;
        }
    }

    private FlipRegTrainer<TOptions> Trainer(TOptions options) => new(_environment, options, null);

    private TOptions OfCycle(int cycle, int seed)
    {
        var options = (TOptions)_options.Copy();
        options.Epochs = _options.Epochs / _cycles;
        // Another order of the rows in each cycle.
        options.Seed = unchecked(seed + cycle);
        if (_options.CheckpointDirectory is { } folder)
            options.CheckpointDirectory = Path.Combine(folder, Invariant($"cycle-{cycle + 1:D3}"));
        return options;
    }
}
