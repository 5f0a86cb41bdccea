using System.Globalization;
using FlipReg.Runtime;
using FlipReg.Training;
using FlipReg.Training.Checkpoints;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Persistence;
using MLNet.FlipReg.Training;

namespace FlipReg;

/// <summary>
/// Trains a neural network classifier by the method that <typeparamref name="TOptions"/> stands for. Made by the methods of
/// <see cref="FlipRegCatalog"/>.
/// </summary>
/// <typeparam name="TOptions">The method's options, such as <see cref="FerOptions"/>.</typeparam>
public sealed class FlipRegTrainer<TOptions> : ITrainerEstimator<FlipRegPredictionTransformer, FlipRegModelParameters>
    where TOptions : TrainingOptions
{
    private readonly IHostEnvironment _environment;
    private readonly TrainingOptions _options;
    private readonly IDataView? _validationData;

    internal FlipRegTrainer(IHostEnvironment environment, TOptions options, IDataView? validationData)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        OptionRules.Check(options);
        (_environment, _options, _validationData) = (environment, options.Copy(), validationData);
    }

    /// <summary>What the trainer asks of a pipeline: normalized features.</summary>
    public TrainerInfo Info => TrainerContract.Info;

    /// <summary>The columns after training, for columns before it: PredictedLabel and Score are added.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column that training needs is missing or of the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => TrainerContract.OutputSchema(inputSchema, _options);

    /// <summary>Trains on data, with the validation data that the trainer was made with.</summary>
    /// <inheritdoc cref="Fit(IDataView, IDataView)" path="/remarks"/>
    /// <inheritdoc cref="Fit(IDataView, IDataView)" path="/exception"/>
    public FlipRegPredictionTransformer Fit(IDataView input) => Fit(input, _validationData);

    /// <summary>Trains on data and reports, after each epoch, how the network does on validation data.</summary>
    /// <remarks>
    /// Rows without a label (a missing value, or a class that MapValueToKey was not fitted on) are skipped, with one warning in the log that
    /// counts them. Errors that name a row count the rows of the data as given, from 0.
    /// </remarks>
    /// <param name="trainData">Rows to train on; read once.</param>
    /// <param name="validationData">Rows that are only scored, with the label and feature columns of the training data, or null. All count alike.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows with a label, or fewer than two classes; a feature is not finite, a weight negative; the device is absent; or the
    /// loss stopped being finite.
    /// </exception>
    /// <exception cref="DllNotFoundException">
    /// libtorch or TorchSharp's native library is absent, cannot load on this system, or is of another version. The message names the file, what
    /// it lacks, and the remedy.
    /// </exception>
    /// <exception cref="OperationCanceledException">The context's work was canceled.</exception>
    public FlipRegPredictionTransformer Fit(IDataView trainData, IDataView? validationData)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        // Registered anew for each fit: a host copies the context's GPU settings at that moment.
        var host = _environment.Register($"FlipReg {_options.MethodName}");
        using var channel = host.Start("Training");
        var columns = TrainingColumns.Of(trainData.Schema, _options, nameof(trainData));
        var validationColumns = validationData is null ? null : TrainingColumns.Of(validationData.Schema, _options, nameof(validationData), withWeights: false);
        // Where training has fewer than two classes, its rows tell why: none, none with a label, or one class.
        if (columns.Classes > 1)
            validationColumns?.CheckSameAs(columns, nameof(validationData));
        NetworkTrainer.RequireValidation(_options, validationData is not null);
        NativeLibraries.Require();
        using var checkpoints = _options.CheckpointDirectory is { } directory ? CheckpointStore.Open(directory, Warn) : null;
        var context = new FitContext
        {
            Seed = _options.Seed ?? HostAccess.Seed(host) ?? checkpoints?.Newest?.Seed ?? Random.Shared.Next(),
            Checkpoints = checkpoints,
            Device = DeviceChoice.Of(_options, host, channel),
            Info = line => channel.Info(MessageSensitivity.None, line),
            Warning = line => channel.Warning(MessageSensitivity.None, line),
            IsCanceled = () => HostAccess.IsCanceled(host) || _options.CancellationToken.IsCancellationRequested,
        };
        using var rows = TableReader.Read(trainData, columns, "training", context.IsCanceled, Warn, minimumClasses: 2);
        using var validationRows = validationColumns is null ? null : TableReader.Read(validationData!, validationColumns, "validation", context.IsCanceled, Warn, minimumClasses: 1);
        channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture,
            $"{_options.MethodName}: {rows.Rows} rows, {columns.Width} features, {columns.Classes} classes, seed {context.Seed}, {context.Device}."));
        var result = NetworkTrainer.Fit(rows, validationRows, columns.Classes, _options, context);
        return new FlipRegPredictionTransformer(new FlipRegModelParameters(result.Network, _options.MethodName, _options.LabelColumnName,
            _options.FeatureColumnName, columns.ClassNames, ModelDocument.WriteOptions(result.Options), result.History)
        {
            ForgettingEvents = result.ForgettingEvents,
        });

        void Warn(string line) => channel.Warning(MessageSensitivity.None, line);
    }
}
