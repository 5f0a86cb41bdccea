using FlipReg.Data;
using FlipReg.Encoders;
using FlipReg.Images;
using FlipReg.Networks;
using FlipReg.Runtime;
using FlipReg.Training.Checkpoints;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>A fit, epoch by epoch: what is reported, kept and written down, when it ends, and where it goes on from.</summary>
internal sealed class NetworkTrainer : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly FitContext _context;
    private readonly InputEncoder _encoder;
    private readonly EpochLoop _loop;
    private readonly TorchSharp.torch.Tensor _labels;
    private readonly Network? _bestWeights;
    private readonly BestEpoch _best;
    private readonly FitCheckpoints? _checkpoints;
    private readonly List<EpochReport> _history = [];

    private NetworkTrainer(NetworkSpec spec, InputEncoder encoder, TrainingTable table, TrainingTable? validation, TrainingOptions options, RowWeights weights, FitContext context)
    {
        (_options, _context, _encoder, _best, _labels) = (options, context, encoder, new BestEpoch(options), table.Labels);
        _loop = new EpochLoop(spec, table, validation, options, weights, context);
        try
        {
            _bestWeights = options.Keep == KeptWeights.Best ? new Network(spec, context.Device) : null;
            if (context.Checkpoints is { } store)
                _checkpoints = new FitCheckpoints(store, options, State(), FitIdentity.Of(spec, table, validation, options, context), context.Warning);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// Trains a network on a table, on a compute thread: the caller's thread count, gradient mode and dispose scopes neither reach the
    /// fit nor are changed by it. Progress callbacks run on that thread.
    /// </summary>
    /// <exception cref="OperationCanceledException">The context or the options' token was canceled.</exception>
    /// <exception cref="TrainingDivergedException">The loss stopped being a finite number.</exception>
    /// <exception cref="InvalidOperationException">
    /// The method's state has no room in memory, the options need validation rows, or the checkpoints are of another fit.
    /// </exception>
    /// <exception cref="InsufficientMemoryException">The machine, or its GPU, has no room for what a step needs.</exception>
    public static FitResult Fit(TrainingTable table, TrainingTable? validation, int classes, TrainingOptions options, FitContext context)
    {
        RequireValidation(options, validation is not null);
        var weights = RowWeights.Of(table, classes, options.ClassWeights);
        var resolved = options.Resolve(table.Rows, classes, context.Seed, weights.EffectiveShare);
        var encoder = context.WarmStart?.Encoder ?? OfPixels(table, resolved) ?? EncoderFit.Of(table, weights.Values, resolved.ResolvedEncoding, resolved.ResolvedMissing, resolved.ChannelOfSlot());
        if (!encoder.IsIdentity)
            context.Info($"{encoder.Describe()}.");
        if (table.Sparse is { } sparse)
            context.Info(FormattableString.Invariant($"The rows have {(double)sparse.NonZeros / table.Rows:G3} values of {table.Width:N0} that are not 0: they are held sparse, and not encoded."));
        using var encoded = table.Encoded(encoder);
        using var encodedValidation = validation?.Encoded(encoder);
        if (context.OwnsTables)
        {
            table.Dispose();
            validation?.Dispose();
        }

        var spec = resolved.BindNetwork(encoder.Width, classes, table.Categories);
        var threads = resolved.Threads ?? ThreadRule.Threads(spec.MultiplyAdds(encoded.Sparse is null ? null : encoded.ValuesPerRow), Math.Min(resolved.BatchSize!.Value, table.Rows), Environment.ProcessorCount);
        try
        {
            return ComputeThreads.Run(threads, () => resolved.FreezeBackbone
                ? RunFrozen(spec, encoder, encoded, encodedValidation, resolved, weights, context)
                : Run(spec, encoder, encoded, encodedValidation, resolved, weights, context));
        }
        catch (Exception e) when (NativeMemoryErrors.IsOne(e))
        {
            throw NativeMemoryErrors.Explain(e, FormattableString.Invariant(
                $"{resolved.MethodName} on {table.Rows:N0} rows of {encoder.RawWidth:N0} features ({encoder.Width:N0} columns) and {classes:N0} classes, {resolved.BatchSize:N0} rows a step, with a network of {spec.ParameterCount:N0} parameters"));
        }
    }

    /// <summary>The normalization of images; null where rows are no images. A network with a mean image of its own takes bytes as they are.</summary>
    private static InputEncoder? OfPixels(TrainingTable table, TrainingOptions options)
    {
        if (table.Pixels is not { } pixels)
            return null;
        var asTheyAre = options.Network.Layers.FirstOrDefault() is MeanImageSpec && options.Images is { Mean: null, StandardDeviation: null };
        return asTheyAre ? InputEncoder.Identity(table.Width) : PixelScaling.Of(pixels, options.Images!).ToEncoder();
    }

    /// <summary>Refuses options that watch validation rows where there are none.</summary>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public static void RequireValidation(TrainingOptions options, bool present)
    {
        var needing = options.EarlyStopping is not null ? nameof(options.EarlyStopping)
            : options.Keep == KeptWeights.Best ? $"{nameof(options.Keep)} = {options.Keep}"
            : options.FitTemperature ? nameof(options.FitTemperature) : null;
        if (needing is not null && !present)
            throw new InvalidOperationException($"{needing} needs validation rows. Got none. Pass validation data to Fit or to the trainer's catalog method, set ValidationFraction, or leave the option out.");
    }

    public void Dispose()
    {
        _bestWeights?.Dispose();
        _loop.Dispose();
    }

    /// <summary>The network that the model gets.</summary>
    private Network Kept => _bestWeights is not null && _best.Epoch > 0 ? _bestWeights : _loop.EvaluatedWhole();

    private static FitResult Run(NetworkSpec spec, InputEncoder encoder, TrainingTable table, TrainingTable? validation, TrainingOptions options, RowWeights weights, FitContext context)
    {
        using var trainer = new NetworkTrainer(spec, encoder, table, validation, options, weights, context);
        return trainer.Run();
    }

    /// <summary>Trains the last layer alone, on what the others make of the rows.</summary>
    private static FitResult RunFrozen(NetworkSpec spec, InputEncoder encoder, TrainingTable table, TrainingTable? validation, TrainingOptions options, RowWeights weights, FitContext context)
    {
        if (options.Pretrained is null && context.WarmStart is null)
            throw new InvalidOperationException($"{nameof(options.FreezeBackbone)} needs weights that are worth keeping. Got none. Set {nameof(options.Pretrained)} or {nameof(options.InitialModel)}.");
        using var frozen = new FrozenBackbone(FirstNetwork(spec, options, context));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        using var features = frozen.Features(table, ThrowIfCanceled);
        using var validationFeatures = validation is null ? null : frozen.Features(validation, ThrowIfCanceled);
        context.Info(FormattableString.Invariant($"The backbone stays as it is: {frozen.Head.Inputs} features of {table.Rows + (validation?.Rows ?? 0)} rows computed in {clock.Elapsed.TotalSeconds:F1} s."));
        // The features tell which fit it is.
        var result = Run(frozen.Head, encoder, features, validationFeatures, options, weights, context with { Initial = context.WarmStart is null ? _ => { } : frozen.ApplyTo });
        using var head = result.Network;
        return result with { Network = frozen.With(head) };

        void ThrowIfCanceled()
        {
            if (context.IsCanceled() || options.CancellationToken.IsCancellationRequested)
                throw new OperationCanceledException("Training was canceled while the backbone's features were computed.", options.CancellationToken);
        }
    }

    /// <summary>A network with the first values of a fit.</summary>
    private static Network FirstNetwork(NetworkSpec spec, TrainingOptions options, FitContext context)
    {
        var network = new Network(spec, context.Device, sparse: false);
        try
        {
            using var layers = new Generator(Seeds.Stream(context.Seed, 2), context.Device);
            EpochLoop.Initialize(network, context.Seed, options.Members, layers);
            EpochLoop.FirstValues(options, context)(network);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private TrainingState State()
    {
        var state = new TrainingState();
        _loop.AddTo(state);
        if (_bestWeights is not null)
            state.Add("best", _bestWeights.State);
        return state;
    }

    private FitResult Run()
    {
        var position = _checkpoints?.Restore() is { } saved ? GoOn(saved) : default;
        try
        {
            while (position.Epochs < _options.Epochs && !_best.MustStop)
                position = RunEpoch(position);
        }
        catch (OperationCanceledException) when (_loop.IsCanceled && _options.WhenCanceled == CancelAction.KeepModel && _loop.Steps > 0)
        {
            var steps = _loop.CheckUnfinished(_history.Count + 1);
            _context.Info(FormattableString.Invariant($"Training was canceled after {_history.Count} of {_options.Epochs} epochs and {steps} steps of the next; the model is kept."));
        }

        if (_best.MustStop)
            _context.Info(_best.StoppedAfter(_history.Count));
        if (_bestWeights is not null && _best.Epoch > 0)
            _context.Info(FormattableString.Invariant($"The model has the weights of epoch {_best.Epoch}. {_best.Describe()}"));
        double? temperature = _options.FitTemperature ? FitTemperature() : null;
        var network = Kept.ToPredictor().Completed();
        if (temperature is { } divisor)
            network.DivideLogits(divisor);
        return new FitResult(network, _encoder, _options, _history, _loop.ForgettingEvents, temperature) { TrackedRows = _loop.TrackedRows(_labels) };
    }

    private double FitTemperature()
    {
        var (temperature, before, after) = _loop.FitTemperature(Kept, _history.Count);
        _context.Info(FormattableString.Invariant($"Temperature {temperature:G4}: validation loss {after:F4}, {before:F4} without it."));
        return temperature;
    }

    /// <summary>Takes up what a checkpoint says besides the state, which is set already.</summary>
    private FitPosition GoOn(FitProgress saved)
    {
        if (saved.Position.Epochs > _options.Epochs || saved.Position.Steps >= _loop.StepsOfEpoch)
            throw new FormatException(FormattableString.Invariant($"A checkpoint must be of at most {_options.Epochs} epochs of {_loop.StepsOfEpoch} steps. Got {saved.Position}. Remove it, or use another folder."));
        _history.AddRange(saved.History);
        foreach (var report in saved.History)
            _best.Take(report);
        var (epochs, steps) = saved.Position;
        _context.Info(FormattableString.Invariant($"Going on from the checkpoint after {epochs} of {_options.Epochs} epochs and {steps} steps of the next."));
        return saved.Position;
    }

    /// <summary>Runs what is left of an epoch, and returns where the fit then stands.</summary>
    private FitPosition RunEpoch(FitPosition position)
    {
        var (epochs, steps) = position;
        var report = _loop.RunEpoch(epochs + 1, steps, done => _checkpoints?.EndBlock(() => Progress(new FitPosition(epochs, done))));
        _history.Add(report);
        if (_best.Take(report) && _bestWeights is not null)
            _bestWeights.CopyFrom(_loop.EvaluatedWhole());
        var next = new FitPosition(epochs + 1, 0);
        // Before anybody is told: what has been reported is not lost.
        _checkpoints?.EndEpoch(Progress(next), isLast: next.Epochs == _options.Epochs || _best.MustStop);
        // Outside of every dispose scope and with gradients as they were: a callback may do what it likes.
        _context.Info(report.ToString());
        if (report.RowsLookAlike && !_history.SkipLast(1).Any(earlier => earlier.RowsLookAlike))
            _context.Warning(EpochStatistics.RowsLookAlikeWarning(report));
        _options.Progress?.Invoke(report);
        return next;
    }

    private FitProgress Progress(FitPosition position) => new(position, _best.Epoch, _history);
}
