using System.Diagnostics;
using FlipReg.Data;
using FlipReg.Metrics;
using FlipReg.Networks;
using FlipReg.Regularizers;
using FlipReg.Runtime;
using FlipReg.Training.Optimizers;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>
/// The training loop: the only one, for every method. Batch, forward, loss gradient, backward, step; a block of steps at a time observe; then
/// end the epoch. Nothing inside a step waits for the device.
/// </summary>
internal sealed class NetworkTrainer : IDisposable
{
    /// <summary>
    /// Bytes of a block: little enough for a processor's cache, and for the allocator to give the same pages to the next block (with 4 MiB, page
    /// faults took 50 µs a step on a network whose step takes 400).
    /// </summary>
    private const long BlockBytes = 1 << 20;

    /// <summary>Steps that a block has all the same, up to <see cref="MaximumBlockBytes"/>: enough to share its fixed costs of some 350 µs.</summary>
    private const int UsualBlockSteps = 16;

    private const long MaximumBlockBytes = 8 << 20;

    /// <summary>Values for each logit that a block holds at once: logits, their logarithmic and softened probabilities, targets and what a method keeps.</summary>
    private const int ValuesPerLogit = 6;

    /// <summary>Steps of a block at most.</summary>
    private const int MaximumBlockSteps = 64;

    /// <summary>A feature above this is the likely cause of a loss that is not finite.</summary>
    private const double LargeFeature = 1e4;

    private readonly TrainingOptions _options;
    private readonly FitContext _context;
    private readonly Stack<IDisposable> _owned = [];
    private readonly EpochRows _rows;
    private readonly Network _network;
    private readonly Regularizer _regularizer;
    private readonly EpochStatistics _statistics;
    private readonly ValidationPass? _validation;
    private readonly ForgettingTracker? _forgetting;
    private readonly FlatOptimizer _optimizer;
    private readonly int _stepsPerBlock;
    private readonly List<EpochReport> _history = [];
    private int? _rowsLookAlikeSince;

    private NetworkTrainer(NetworkSpec spec, TrainingTable table, TrainingTable? validation, TrainingOptions options, RowWeights weights, FitContext context)
    {
        (_options, _context) = (options, context);
        var classes = spec.Outputs!.Value;
        try
        {
            // Three independent streams from the one seed. SplitMix64's increment keeps the streams of neighbouring seeds apart.
            using var initial = new Generator(Stream(context.Seed, 0));
            var layers = Own(new Generator(Stream(context.Seed, 2), context.Device));
            _rows = Own(new EpochRows(table, classes, options, weights, context.Device, Stream(context.Seed, 1)));
            _network = Own(new Network(spec, context.Device, trainable: true));
            _network.Initialize(initial, layers);
            _regularizer = Own(options.CreateRegularizer(new RegularizerContext(table.Labels.ToHost<long>(), classes, context.Device, context.Seed)));
            _statistics = Own(new EpochStatistics(_rows.BatchSize, context.Device));
            _validation = validation is null ? null : Own(new ValidationPass(validation, context.Device));
            _forgetting = options.CountForgetting ? Own(new ForgettingTracker(table.Rows, context.Device)) : null;
            _optimizer = Own(Optimization.Optimizer(options, _network));
        }
        catch
        {
            // A fit that is refused, for lack of memory for instance, gives back what it has: the user may try a smaller one.
            Dispose();
            throw;
        }

        _stepsPerBlock = StepsPerBlock(table.Width, classes, _rows.BatchSize);
    }

    /// <summary>
    /// Trains a network on a table, on a compute thread: the caller's thread count, gradient mode and dispose scopes neither reach the
    /// fit nor are changed by it. Progress callbacks run on that thread.
    /// </summary>
    /// <exception cref="OperationCanceledException">The context was canceled.</exception>
    /// <exception cref="InvalidOperationException">The loss stopped being a finite number, or the method's state has no room in memory.</exception>
    /// <exception cref="InsufficientMemoryException">The machine, or its GPU, has no room for what a step needs.</exception>
    public static FitResult Fit(TrainingTable table, TrainingTable? validation, int classes, TrainingOptions options, FitContext context)
    {
        var weights = RowWeights.Of(table, classes, options.ClassWeights);
        var resolved = options.Resolve(table.Rows, context.Seed, weights.EffectiveShare);
        var spec = resolved.Network.Bind(table.Width, classes);
        var threads = resolved.Threads ?? ThreadRule.Threads(spec.MultiplyAdds(), Math.Min(resolved.BatchSize!.Value, table.Rows), Environment.ProcessorCount);
        try
        {
            return ComputeThreads.Run(threads, () => Run(spec, table, validation, resolved, weights, context));
        }
        catch (Exception e) when (NativeMemoryErrors.IsOne(e))
        {
            throw NativeMemoryErrors.Explain(e, FormattableString.Invariant(
                $"{resolved.MethodName} on {table.Rows:N0} rows of {table.Width:N0} features and {classes:N0} classes, {resolved.BatchSize:N0} rows a step, with a network of {spec.ParameterCount:N0} parameters"));
        }
    }

    /// <summary>Steps whose rows and outputs are held at once.</summary>
    internal static int StepsPerBlock(int width, int classes, int batchSize)
    {
        var stepBytes = sizeof(float) * (width + ((long)ValuesPerLogit * classes)) * batchSize;
        return (int)Math.Clamp(Math.Max(BlockBytes / stepBytes, Math.Min(UsualBlockSteps, MaximumBlockBytes / stepBytes)), 1, MaximumBlockSteps);
    }

    public void Dispose()
    {
        while (_owned.TryPop(out var owned))
            owned.Dispose();
    }

    private T Own<T>(T part)
        where T : IDisposable
    {
        _owned.Push(part);
        return part;
    }

    private static FitResult Run(NetworkSpec spec, TrainingTable table, TrainingTable? validation, TrainingOptions options, RowWeights weights, FitContext context)
    {
        using var trainer = new NetworkTrainer(spec, table, validation, options, weights, context);
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var report = trainer.RunEpoch(epoch);
            trainer._history.Add(report);
            // Outside of every dispose scope and with gradients as they were: a callback may do what it likes.
            context.Info(report.ToString());
            if (trainer._rowsLookAlikeSince == epoch)
                context.Warning(EpochStatistics.RowsLookAlikeWarning(report));
            options.Progress?.Invoke(report);
        }

        return new FitResult(trainer._network.ToPredictor(), options, trainer._history, trainer._forgetting?.Read());
    }

    private EpochReport RunEpoch(int epoch)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        var learningRate = _optimizer.LearningRate = Optimization.LearningRate(_options, epoch);
        _network.train();
        _rows.Shuffle(epoch);
        for (var step = 0; step < _rows.Steps;)
            step += RunBlock(epoch, step);
        using var noGrad = no_grad();
        _regularizer.EndEpoch(epoch);
        return Report(epoch, learningRate, clock);
    }

    /// <summary>Runs a block of steps and returns their number.</summary>
    private int RunBlock(int epoch, int firstStep)
    {
        using var scope = NewDisposeScope();
        var block = _rows.Block(firstStep, Math.Min(_stepsPerBlock, _regularizer.StepsUntilUpdate), epoch);
        using (no_grad())
            _regularizer.Prepare(block);
        var steps = new List<Outputs>(block.Steps);
        foreach (var batch in _rows.StepsOf(block))
        {
            ThrowIfCanceled(epoch);
            steps.Add(RunStep(batch));
        }

        using var noGrad = no_grad();
        var outputs = Outputs.Join(steps);
        _statistics.Add(block, outputs, _regularizer.Loss(block, outputs), firstStep);
        _regularizer.Observe(block, outputs);
        _forgetting?.Observe(block, outputs);
        return block.Steps;
    }

    /// <summary>One optimizer step; returns its outputs without their graph.</summary>
    private Outputs RunStep(Batch batch)
    {
        using var scope = NewDisposeScope();
        var logits = _network.forward(batch.Features);
        var outputs = new Outputs(logits);
        Tensor? gradient;
        using (no_grad())
            gradient = _regularizer.LossGradient(batch, outputs);
        if (gradient is null)
            _regularizer.Loss(batch, outputs).backward();
        else
            logits.backward([gradient]);
        using (no_grad())
            _optimizer.Step();
        return outputs.MoveToOuterDisposeScope();
    }

    private EpochReport Report(int epoch, double learningRate, Stopwatch clock)
    {
        _statistics.CheckState(_network.State, _rows.Steps - 1);
        // Reading waits for the device; the time so far is training's.
        var sums = _statistics.Read();
        var training = clock.Elapsed;
        if (sums.BadStep is { } bad)
            throw new InvalidOperationException(FormattableString.Invariant($"The loss stopped being finite in epoch {epoch}, step {bad}. {Remedy(learningRate)}"));
        if (sums.RowsLookAlike)
            _rowsLookAlikeSince ??= epoch;
        _network.eval();
        var validation = _validation?.Run(_network, () => ThrowIfCanceled(epoch));
        ThrowIfCanceled(epoch);
        return new EpochReport
        {
            Epoch = epoch,
            Epochs = _options.Epochs,
            LearningRate = learningRate,
            TrainingLoss = sums.CrossEntropy / _rows.Steps,
            MethodLoss = sums.MethodLoss / _rows.Steps,
            TrainingAccuracy = sums.Right / _rows.Rows,
            RowsPerSecond = _rows.Rows / training.TotalSeconds,
            TimeLeft = clock.Elapsed * (_options.Epochs - epoch),
            Validation = validation,
        };
    }

    /// <summary>What to do about a loss that is not finite. Read when the fit has failed: it may wait for the device.</summary>
    private string Remedy(double learningRate)
    {
        var weightDecay = _options.WeightDecay!.Value;
        // A step multiplies the weights by 1 − η·λ.
        if (learningRate * weightDecay >= 1 && weightDecay > learningRate)
            return FormattableString.Invariant($"Lower WeightDecay (now {weightDecay:G4}): multiplied by LearningRate (now {learningRate:G4}) it must stay below 1.");
        var largest = _rows.LargestFeature();
        return largest > LargeFeature
            ? FormattableString.Invariant($"Normalize the features (the largest magnitude is {largest:G4}).")
            : FormattableString.Invariant($"Lower LearningRate (now {learningRate:G4}) or normalize the features (the largest magnitude is {largest:G4}).");
    }

    private void ThrowIfCanceled(int epoch)
    {
        if (_context.IsCanceled())
            throw new OperationCanceledException(FormattableString.Invariant($"Training was canceled in epoch {epoch} of {_options.Epochs}."));
    }

    private static ulong Stream(int seed, ulong number) => unchecked(((ulong)(uint)seed * 0x9E3779B97F4A7C15UL) + number) & long.MaxValue;
}
