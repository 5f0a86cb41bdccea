using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using FlipReg.Data;
using FlipReg.Metrics;
using FlipReg.Networks;
using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>
/// The training loop: the only one, for every method. Batch, forward, loss gradient, backward, step; a block of steps at a time observe; then
/// end the epoch. Nothing inside a step waits for the device.
/// </summary>
internal sealed class NetworkTrainer : IDisposable
{
    /// <summary>Bytes of features gathered at once at most: enough to share a block's fixed costs, little enough for a processor's cache.</summary>
    private const long BlockBytes = 4 << 20;

    /// <summary>Steps of a block at most.</summary>
    private const int MaximumBlockSteps = 64;

    private readonly TrainingOptions _options;
    private readonly FitContext _context;
    private readonly Generator _order;
    private readonly Generator _layers;
    private readonly EpochRows _rows;
    private readonly Network _network;
    private readonly Regularizer _regularizer;
    private readonly EpochStatistics _statistics;
    private readonly ValidationPass? _validation;
    private readonly ForgettingTracker? _forgetting;
    private readonly optim.Optimizer _optimizer;
    private readonly int _stepsPerBlock;
    private readonly List<EpochReport> _history = [];

    private NetworkTrainer(NetworkSpec spec, TrainingTable table, TrainingTable? validation, TrainingOptions options, FitContext context)
    {
        (_options, _context) = (options, context);
        var classes = spec.Outputs!.Value;
        // Three independent streams from the one seed. SplitMix64's increment keeps the streams of neighbouring seeds apart.
        using var initial = new Generator(Stream(context.Seed, 0));
        _order = new Generator(Stream(context.Seed, 1));
        _layers = new Generator(Stream(context.Seed, 2), context.Device);
        _rows = new EpochRows(table, classes, options, context.Device, _order);
        _network = new Network(spec, context.Device, trainable: true);
        _network.Initialize(initial, _layers);
        _regularizer = options.CreateRegularizer(new RegularizerContext(table.Labels.ToHost<long>(), classes, context.Device, context.Seed));
        _statistics = new EpochStatistics(_rows.BatchSize, context.Device);
        _validation = validation is null ? null : new ValidationPass(validation, context.Device);
        _forgetting = options.CountForgetting ? new ForgettingTracker(table.Rows, context.Device) : null;
        _optimizer = Optimization.Optimizer(options, _network.FlatParameters);
        var batchBytes = (long)sizeof(float) * table.Width * _rows.BatchSize;
        _stepsPerBlock = (int)Math.Clamp(BlockBytes / batchBytes, 1, MaximumBlockSteps);
    }

    /// <summary>
    /// Trains a network on a table, on a thread of its own: the caller's thread count, gradient mode and dispose scopes neither reach the
    /// fit nor are changed by it. Progress callbacks run on that thread.
    /// </summary>
    /// <exception cref="OperationCanceledException">The context was canceled.</exception>
    /// <exception cref="InvalidOperationException">The loss stopped being a finite number, or the method's state has no room in memory.</exception>
    public static FitResult Fit(TrainingTable table, TrainingTable? validation, int classes, TrainingOptions options, FitContext context)
    {
        FitResult? result = null;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = Run(table, validation, classes, options.Resolve(table.Rows, context.Seed), context);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            Name = $"Fit {options.MethodName}",
            IsBackground = true,
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _forgetting?.Dispose();
        _validation?.Dispose();
        _statistics.Dispose();
        _regularizer.Dispose();
        _network.Dispose();
        _rows.Dispose();
        _layers.Dispose();
        _order.Dispose();
    }

    private static FitResult Run(TrainingTable table, TrainingTable? validation, int classes, TrainingOptions options, FitContext context)
    {
        var spec = options.Network.Bind(table.Width, classes);
        var threads = options.Threads ?? ThreadRule.Threads(spec.MultiplyAdds(), Math.Min(options.BatchSize!.Value, table.Rows), Environment.ProcessorCount);
        using var gate = ThreadGate.Enter(threads, context.IsCanceled);
        using var trainer = new NetworkTrainer(spec, table, validation, options, context);
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var report = trainer.RunEpoch(epoch);
            trainer._history.Add(report);
            // Outside of every dispose scope and with gradients as they were: a callback may do what it likes.
            context.Info(report.ToString());
            options.Progress?.Invoke(report);
        }

        return new FitResult(trainer._network.ToPredictor(), options, trainer._history, trainer._forgetting?.Read());
    }

    private EpochReport RunEpoch(int epoch)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        var learningRate = Optimization.SetLearningRate(_options, _optimizer, epoch);
        _network.train();
        _rows.Shuffle();
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
        _optimizer.step();
        _network.FlatGradients!.zero_();
        return outputs.MoveToOuterDisposeScope();
    }

    private EpochReport Report(int epoch, double learningRate, Stopwatch clock)
    {
        _statistics.CheckParameters(_network.FlatParameters, _rows.Steps - 1);
        // Reading waits for the device; the time so far is training's.
        var values = _statistics.Take().ToHost<double>();
        var training = clock.Elapsed;
        if (EpochStatistics.BadStep(values[2]) is { } bad)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"The loss stopped being finite in epoch {epoch}, step {bad}. Lower LearningRate (now {learningRate:G4}) or normalize the features."));
        _network.eval();
        var validation = _validation?.Run(_network, () => ThrowIfCanceled(epoch));
        ThrowIfCanceled(epoch);
        return new EpochReport
        {
            Epoch = epoch,
            Epochs = _options.Epochs,
            LearningRate = learningRate,
            TrainingLoss = values[0] / _rows.Steps,
            TrainingAccuracy = values[1] / _rows.Rows,
            RowsPerSecond = _rows.Rows / training.TotalSeconds,
            TimeLeft = clock.Elapsed * (_options.Epochs - epoch),
            Validation = validation,
        };
    }

    private void ThrowIfCanceled(int epoch)
    {
        if (_context.IsCanceled())
            throw new OperationCanceledException($"Training was canceled in epoch {epoch} of {_options.Epochs}.");
    }

    private static ulong Stream(int seed, ulong number) => unchecked(((ulong)(uint)seed * 0x9E3779B97F4A7C15UL) + number) & long.MaxValue;
}
