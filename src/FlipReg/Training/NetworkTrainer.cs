using System.Diagnostics;
using System.Globalization;
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

    private NetworkTrainer(TrainingTable table, TrainingTable? validation, int classes, TrainingOptions options, FitContext context)
    {
        (_options, _context) = (options, context);
        // Three independent streams from the one seed. SplitMix64's increment keeps the streams of neighbouring seeds apart.
        using var initial = new Generator(Stream(context.Seed, 0));
        _order = new Generator(Stream(context.Seed, 1));
        _layers = new Generator(Stream(context.Seed, 2), context.Device);
        _rows = new EpochRows(table, classes, options, context.Device, _order);
        _network = new Network(options.Network.Bind(table.Width, classes), context.Device, trainable: true);
        _network.Initialize(initial, _layers);
        _regularizer = options.CreateRegularizer(new RegularizerContext(table.Labels.ToHost<long>(), classes, context.Device, context.Seed));
        _statistics = new EpochStatistics(_rows.BatchSize, context.Device);
        _validation = validation is null ? null : new ValidationPass(validation, context.Device);
        _forgetting = options.CountForgetting ? new ForgettingTracker(table.Rows, context.Device) : null;
        _optimizer = Optimization.Optimizer(options, _network.FlatParameters);
        var batchBytes = (long)sizeof(float) * table.Width * _rows.BatchSize;
        _stepsPerBlock = (int)Math.Clamp(BlockBytes / batchBytes, 1, MaximumBlockSteps);
    }

    /// <summary>Trains a network on a table.</summary>
    /// <exception cref="OperationCanceledException">The context was canceled.</exception>
    /// <exception cref="InvalidOperationException">The loss stopped being a finite number.</exception>
    public static FitResult Fit(TrainingTable table, TrainingTable? validation, int classes, TrainingOptions options, FitContext context)
    {
        options = options.Resolve(table.Rows, context.Seed);
        var threadsBefore = get_num_threads();
        using var scope = NewDisposeScope();
        try
        {
            set_num_threads(options.Threads ?? ThreadRule.Threads(
                options.Network.Bind(table.Width, classes).MultiplyAdds(), Math.Min(options.BatchSize!.Value, table.Rows), Environment.ProcessorCount));
            using var trainer = new NetworkTrainer(table, validation, classes, options, context);
            for (var epoch = 1; epoch <= options.Epochs; epoch++)
                trainer.RunEpoch(epoch);
            return new FitResult(trainer._network.ToPredictor(), options, trainer._history, trainer._forgetting?.Read());
        }
        finally
        {
            set_num_threads(threadsBefore);
        }
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

    private void RunEpoch(int epoch)
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
        Report(epoch, learningRate, clock);
    }

    /// <summary>Runs a block of steps and returns their number.</summary>
    private int RunBlock(int epoch, int firstStep)
    {
        using var scope = NewDisposeScope();
        var block = _rows.Block(firstStep, Math.Min(_stepsPerBlock, _regularizer.StepsUntilUpdate), epoch);
        using (no_grad())
            _regularizer.Prepare(block);
        var logits = new List<Tensor>(block.Steps);
        foreach (var batch in _rows.StepsOf(block))
        {
            if (_context.IsCanceled())
                throw new OperationCanceledException($"Training was canceled in epoch {epoch} of {_options.Epochs}.");
            logits.Add(RunStep(batch));
        }

        using var noGrad = no_grad();
        var outputs = new Outputs(logits.Count == 1 ? logits[0] : cat(logits, 0));
        _statistics.Add(block, outputs, _regularizer.Loss(block, outputs), firstStep);
        _regularizer.Observe(block, outputs);
        _forgetting?.Observe(block, outputs);
        return block.Steps;
    }

    /// <summary>One optimizer step; returns the step's logits without their graph.</summary>
    private Tensor RunStep(Batch batch)
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
        return logits.detach().MoveToOuterDisposeScope();
    }

    private void Report(int epoch, double learningRate, Stopwatch clock)
    {
        _statistics.CheckParameters(_network.FlatParameters, _rows.Steps - 1);
        var values = _statistics.Take();
        if (_validation is not null)
        {
            _network.eval();
            values = cat([values, _validation.Run(_network)], 0);
        }

        var read = values.ToHost<double>();
        var elapsed = clock.Elapsed;
        if (EpochStatistics.BadStep(read[2]) is { } bad)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"The loss stopped being finite in epoch {epoch}, step {bad}. Lower LearningRate (now {learningRate:G4}) or normalize the features."));
        var report = new EpochReport
        {
            Epoch = epoch,
            Epochs = _options.Epochs,
            LearningRate = learningRate,
            TrainingLoss = read[0] / _rows.Steps,
            TrainingAccuracy = read[1] / _rows.Rows,
            RowsPerSecond = _rows.Rows / elapsed.TotalSeconds,
            TimeLeft = elapsed * (_options.Epochs - epoch),
            Validation = _validation?.Report(read.AsSpan(3)),
        };
        _history.Add(report);
        _context.Info(report.ToString());
        _options.Progress?.Invoke(report);
    }

    private static ulong Stream(int seed, ulong number) => unchecked(((ulong)(uint)seed * 0x9E3779B97F4A7C15UL) + number) & long.MaxValue;
}
