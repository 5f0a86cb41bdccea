using System.Globalization;
using FlipReg.Runtime;
using FlipReg.Training;
using FlipReg.Training.Checkpoints;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using MLNet.FlipReg.Images;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Persistence;
using MLNet.FlipReg.Scoring;
using MLNet.FlipReg.Training;

namespace FlipReg;

/// <summary>
/// Trains a neural network classifier by the method that <typeparamref name="TOptions"/> stands for. Made by the methods of
/// <see cref="FlipRegCatalog"/>.
/// </summary>
/// <typeparam name="TOptions">The method's options, such as <see cref="FerOptions"/>.</typeparam>
public sealed class FlipRegTrainer<TOptions> : FlipRegTrainerBase<FlipRegPredictionTransformer, FlipRegModelParameters>
    where TOptions : TrainingOptions
{
    internal FlipRegTrainer(IHostEnvironment environment, TOptions options, IDataView? validationData)
        : base(environment, options, validationData, ScoreKind.Multiclass)
    {
    }

    private protected override FlipRegPredictionTransformer Create(ModelContent content, ScoringDevice device) => new(new FlipRegModelParameters(content), device);
}

/// <summary>What the trainers of all kinds of classifiers share: <see cref="FlipRegTrainer{TOptions}"/> and <see cref="FlipRegBinaryTrainer{TOptions}"/>.</summary>
/// <typeparam name="TTransformer">What it gives.</typeparam>
/// <typeparam name="TModel">The model in it.</typeparam>
public abstract class FlipRegTrainerBase<TTransformer, TModel> : ITrainerEstimator<TTransformer, TModel>, IObservableTrainer
    where TTransformer : FlipRegPredictionTransformerBase, ISingleFeaturePredictionTransformer<TModel>
    where TModel : FlipRegModelParameters
{
    private readonly IHostEnvironment _environment;
    private readonly IDataView? _validationData;
    private readonly ScoreKind _kind;
    private TrainingOptions _options;

    private protected FlipRegTrainerBase(IHostEnvironment environment, TrainingOptions options, IDataView? validationData, ScoreKind kind)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        OptionRules.Check(options);
        TrainingRows.CheckOneSource(options, validationData);
        (_environment, _options, _validationData, _kind) = (environment, options.Copy(), validationData, kind);
    }

    internal string LabelColumnName => _options.LabelColumnName;

    /// <summary>The columns that features come from, numbers first.</summary>
    internal IEnumerable<string> FeatureColumnNames => _options.Numbers.Concat(_options.Categories);

    /// <summary>Whether they may be one vector of numbers.</summary>
    internal bool MayReadOneVector => _options.Numbers.Count == 1 && _options.Categories.Count == 0;

    /// <summary>What the trainer asks of a pipeline: nothing but its columns. Features need no normalizer (<see cref="TrainingOptions.InputEncoding"/>).</summary>
    public TrainerInfo Info => TrainerContract.Info;

    /// <summary>The columns after training, for columns before it: PredictedLabel, Score and, of a binary classifier, Probability are added.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column that training needs is missing or of the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => TrainerContract.OutputSchema(inputSchema, _options, _kind);

    /// <summary>Trains on data, with the validation data that the trainer was made with.</summary>
    /// <inheritdoc cref="Fit(IDataView, IDataView)" path="/remarks"/>
    /// <inheritdoc cref="Fit(IDataView, IDataView)" path="/exception"/>
    public TTransformer Fit(IDataView input) => Fit(input, _validationData);

    /// <summary>Trains on data and reports, after each epoch, how the network does on validation data.</summary>
    /// <remarks>
    /// Rows without a label (a missing value, or a class that MapValueToKey was not fitted on) are skipped, with one warning in the log that
    /// counts them. Errors that name a row count the rows of the data as given, from 0.
    /// </remarks>
    /// <param name="trainData">Rows to train on; read once.</param>
    /// <param name="validationData">Rows that are only scored, with the label and feature columns of the training data, or null. All count alike.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type, or both validation data and a ValidationFraction are given.</exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows with a label, or fewer than two classes; ValidationFraction leaves a class without a training row; a feature is not finite, a
    /// weight negative; the device is absent; the options need validation rows; or the checkpoints are of another fit.
    /// </exception>
    /// <exception cref="TrainingDivergedException">The loss stopped being finite.</exception>
    /// <exception cref="IOException">CheckpointDirectory cannot be used: it cannot be written, another fit uses it, or all checkpoints are damaged.</exception>
    /// <exception cref="DllNotFoundException">
    /// libtorch or TorchSharp's native library is absent, cannot load on this system, or is of another version. The message names the file, what
    /// it lacks, and the remedy.
    /// </exception>
    /// <exception cref="OperationCanceledException">The context's work, or the options' token, was canceled.</exception>
    public TTransformer Fit(IDataView trainData, IDataView? validationData) => Fit(trainData, validationData, _options.InitialModel);

    /// <summary>Trains on data from where a trained model is; see <see cref="TrainingOptions.InitialModel"/>.</summary>
    /// <inheritdoc cref="Fit(IDataView, IDataView)" path="/remarks"/>
    /// <param name="trainData">Rows to train on; read once.</param>
    /// <param name="validationData">Rows that are only scored, or null.</param>
    /// <param name="initialModel">The model whose values the network starts from, instead of the options' one.</param>
    /// <exception cref="ArgumentException">The model has other features or layers, or its classes cannot be matched.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <inheritdoc cref="Fit(IDataView, IDataView)" path="/exception"/>
    public TTransformer Fit(IDataView trainData, IDataView? validationData, FlipRegModelParameters initialModel)
    {
        ArgumentNullException.ThrowIfNull(initialModel);
        return Fit(trainData, validationData, (TrainedNetwork)initialModel);
    }

    /// <summary>Trains on data from where the classifier of a transformer is, such as a chain that was fitted or loaded.</summary>
    /// <inheritdoc cref="Fit(IDataView, IDataView)" path="/remarks"/>
    /// <param name="trainData">Rows to train on, prepared as for the model; read once.</param>
    /// <param name="validationData">Rows that are only scored, or null.</param>
    /// <param name="initialModel">A classifier of this library, or a chain that holds one.</param>
    /// <exception cref="ArgumentException">There is not one classifier; it has other features or layers, or its classes cannot be matched.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <inheritdoc cref="Fit(IDataView, IDataView)" path="/exception"/>
    public TTransformer Fit(IDataView trainData, IDataView? validationData, ITransformer initialModel) =>
        Fit(trainData, validationData, InitialModels.Classifier(initialModel).Model);

    bool IObservableTrainer.HasValidation => _validationData is not null || _options.ValidationFraction > 0;

    ITransformer IObservableTrainer.Fit(IDataView trainData, IDataView? validationData, Action<TrainingOptions> change)
    {
        var changed = (FlipRegTrainerBase<TTransformer, TModel>)MemberwiseClone();
        changed._options = _options.Copy();
        change(changed._options);
        OptionRules.Check(changed._options);
        return changed.Fit(trainData, validationData ?? _validationData, changed._options.InitialModel);
    }

    private protected abstract TTransformer Create(ModelContent content, ScoringDevice device);

    private TTransformer Fit(IDataView trainData, IDataView? validationData, TrainedNetwork? initialModel)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        TrainingRows.CheckOneSource(_options, validationData);
        // Registered anew for each fit: a host copies the context's GPU settings at that moment.
        var host = _environment.Register($"FlipReg {_options.MethodName}");
        using var channel = host.Start("Training");
        var columns = TrainingColumns.Of(trainData.Schema, _options, _kind, nameof(trainData));
        var validationColumns = validationData is null ? null : TrainingColumns.Of(validationData.Schema, _options, _kind, nameof(validationData), withWeights: false);
        // Where training has fewer than two classes, its rows tell why: none, none with a label, or one class.
        if (columns.Classes > 1)
            validationColumns?.CheckSameAs(columns, nameof(validationData));
        var options = columns.Features.Columns.AreOneVector ? ImageColumn.Resolve(_options, columns.Features.One, nameof(trainData)) : _options;
        NetworkTrainer.RequireValidation(_options, validationData is not null || _options.ValidationFraction > 0);
        NativeLibraries.Require();
        using var checkpoints = _options.CheckpointDirectory is { } directory ? CheckpointStore.Open(directory, Warn) : null;
        // Before the rows are read: that may take long. One class alone is an error of the rows, as above.
        using var start = initialModel is null || columns.Classes < 2
            ? null
            : WarmStart.Of(initialModel, options, columns.Width, columns.Classes, columns.ClassNames?.Texts, Info, Warn, columns.Features.Columns.Categories);
        var context = new FitContext
        {
            Seed = _options.Seed ?? HostAccess.Seed(host) ?? checkpoints?.Newest?.Seed ?? Random.Shared.Next(),
            Checkpoints = checkpoints,
            WarmStart = start,
            OwnsTables = true,
            Device = DeviceChoice.Of(_options, host, channel),
            Info = Info,
            Warning = Warn,
            IsCanceled = () => HostAccess.IsCanceled(host) || _options.CancellationToken.IsCancellationRequested,
        };
        if (!_options.ReadsFeatureColumn && trainData.Schema.GetColumnOrNull(_options.FeatureColumnName) is not null)
            Warn($"Column '{_options.FeatureColumnName}' of the data is not read, as other columns are named as features. Set FeatureColumnName to it to have it read, too.");
        using var rows = TrainingRows.Read(trainData, columns, options, start?.Encoder, context, validationData, validationColumns);
        channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture,
            $"{_options.MethodName}: {rows.Training.Rows} rows, {columns.Width} features, {columns.Classes} classes, seed {context.Seed}, {context.Device}{rows.SetAsideText}."));
        var result = NetworkTrainer.Fit(rows.Training, rows.Validation, columns.Classes, options, context);
        return Create(new ModelContent(result.Network, result.Encoder, _options.MethodName, _options.LabelColumnName,
            columns.Features.Columns, columns.ClassNames, ModelDocument.WriteOptions(result.Options), result.History)
        {
            ForgettingEvents = rows.AsGiven(result.ForgettingEvents),
            Temperature = result.Temperature,
            Images = _options.Images is { } images ? new ImageInput(images, ImageColumnKinds.Of(columns.Features.One.Type, columns.Features.One.Name, images.Shape, nameof(trainData))) : null,
            TrackedRows = rows.AsGiven(result.TrackedRows),
        }, new ScoringDevice(host));

        void Info(string line) => channel.Info(MessageSensitivity.None, line);

        void Warn(string line) => channel.Warning(MessageSensitivity.None, line);
    }
}
