using System.Diagnostics;
using FlipReg.Data;
using FlipReg.Metrics;
using FlipReg.Networks;
using FlipReg.Regularizers;
using FlipReg.Runtime;
using FlipReg.Training.Checkpoints;
using FlipReg.Training.Optimizers;
using FlipReg.Training.RowTables;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>
/// The training loop inside an epoch: the only one, for every method. Batch, forward, loss gradient, backward, step; a block of steps at a
/// time observe; then end the epoch. Nothing inside a step waits for the device.
/// </summary>
internal sealed class EpochLoop : IDisposable
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
    private readonly Func<bool> _isCanceled;
    private readonly Stack<IDisposable> _owned = [];
    private readonly EpochRows _rows;
    private readonly Network _network;
    private readonly Generator _layers;
    private readonly ulong _layersStream;
    private readonly NetworkView _view;
    private readonly Regularizer _regularizer;
    private readonly EpochStatistics _statistics;
    private readonly ValidationPass? _validation;
    private readonly ForgettingTracker? _forgetting;
    private readonly RowTracker? _tracker;
    private readonly FlatOptimizer _optimizer;
    private readonly List<RowTable> _rowTables;
    private readonly GradientNorm _gradientNorm;
    private readonly WeightAverage? _average;
    private readonly int _stepsPerBlock;

    public EpochLoop(NetworkSpec spec, TrainingTable table, TrainingTable? validation, TrainingOptions options, RowWeights weights, FitContext context)
    {
        (_options, _isCanceled) = (options, context.IsCanceled);
        var classes = spec.Outputs!.Value;
        try
        {
            var members = Enumerable.Range(0, options.Members).ToList();
            _layersStream = Seeds.Stream(context.Seed, 2);
            _layers = Own(new Generator(_layersStream, context.Device));
            _rows = Own(new EpochRows(table, classes, options, weights, context.Device, Seeds.Stream(context.Seed, 1)));
            _network = Own(new Network(spec, context.Device, trainable: true, sparse: table.Sparse is not null, tablesByRows: ByRows(spec, context)));
            _network.StepWith(options.Precision);
            Initialize(_network, context.Seed, options.Members, _layers);
            (context.Initial ?? FirstValues(options, context)).Invoke(_network);
            var labels = table.Labels.ToHost<long>();
            _view = Own(new NetworkView(_network));
            var methods = members.ConvertAll(m => Own(options.CreateRegularizer(new RegularizerContext(labels, classes, context.Device, MemberSeed(context.Seed, m))
            {
                FitSeed = context.Seed,
                Members = members.Count,
                StepsOfEpoch = _rows.Steps,
                Network = _view.Of(m),
                Warning = m == 0 ? context.Warning : _ => { },
            })));
            _regularizer = methods.Count == 1 ? methods[0] : new EnsembleRegularizer(methods);
            _statistics = Own(new EpochStatistics(_rows.BatchSize, context.Device));
            _validation = validation is null ? null : Own(new ValidationPass(validation, context.Device));
            _forgetting = options.CountForgetting || options.TrackRows ? Own(new ForgettingTracker(table.Rows, context.Device)) : null;
            _tracker = options.TrackRows ? Own(new RowTracker(table.Rows, context.Device)) : null;
            _optimizer = Own(Optimization.Optimizer(options, _network));
            _average = options.WeightAverage is { } halfLife ? Own(new WeightAverage(_network, halfLife * _rows.Steps)) : null;
            _rowTables = RowTables(context.RowsOnHost);
            _view.Make(_regularizer.Needs, () => new CompanionRows(_rows, labels, Seeds.Stream(context.Seed, 1UL << 44)), _rowTables);
            _gradientNorm = new GradientNorm(_network.FlatGradients!, _rowTables, _statistics, options.MaximumGradientNorm);
        }
        catch
        {
            // A fit that is refused, for lack of memory for instance, gives back what it has: the user may try a smaller one.
            Dispose();
            throw;
        }

        // Sparse rows are not copied for a block.
        _stepsPerBlock = StepsPerBlock(table.Sparse is null ? table.Width : 0, classes * options.Members, _rows.BatchSize);
    }

    /// <summary>The network that validation rows are scored with: the trained one, or its average over the steps.</summary>
    public Network Evaluated => _average?.Network ?? _network;

    /// <summary><see cref="Evaluated"/> with all its weights up to date.</summary>
    public Network EvaluatedWhole()
    {
        _rowTables.ForEach(table => table.CatchUp());
        return Evaluated;
    }

    /// <summary>Steps of an epoch.</summary>
    public int StepsOfEpoch => _rows.Steps;

    /// <summary>Steps taken in all epochs.</summary>
    public long Steps => _optimizer.Steps.Value;

    /// <summary>Whether the loop has ended a fit because it was canceled.</summary>
    public bool IsCanceled { get; private set; }

    /// <summary>Forgetting events per training row, where the options ask for them. Waits for the device.</summary>
    public int[]? ForgettingEvents => _options.CountForgetting ? _forgetting?.Read() : null;

    /// <summary>What was seen of each training row, where the options ask for it. Waits for the device.</summary>
    /// <param name="labels">Their labels.</param>
    public TrackedRow[]? TrackedRows(Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // Methods that remember a behaviour of each row, such as FER, keep it under this name.
        var banks = _regularizer.Members.SelectMany(member => member.State).Where(s => s.Name == "bank" && s.Value.shape is [var rows, _] && rows == labels.shape[0]).Select(s => s.Value);
        return _tracker?.Read(_forgetting!.Read(), labels, [.. banks]);
    }

    /// <summary>Steps whose rows and outputs are held at once.</summary>
    internal static int StepsPerBlock(int width, int classes, int batchSize)
    {
        var stepBytes = sizeof(float) * (width + ((long)ValuesPerLogit * classes)) * batchSize;
        return (int)Math.Clamp(Math.Max(BlockBytes / stepBytes, Math.Min(UsualBlockSteps, MaximumBlockBytes / stepBytes)), 1, MaximumBlockSteps);
    }

    /// <summary>Adds all that the loop remembers from block to block. The order of an epoch's rows and the layers' draws follow from the seed and the position.</summary>
    public void AddTo(TrainingState state)
    {
        state.Add("network", _network.State);
        state.Add("optimizer", _optimizer.State, [_optimizer.Steps]);
        for (var i = 0; i < _rowTables.Count; i++)
            state.Add(_network.Sparse is not null ? "rows" : FormattableString.Invariant($"rows.{i}"), _rowTables[i].State);
        for (var m = 0; m < _regularizer.Members.Count; m++)
            state.Add(_regularizer.Members.Count == 1 ? "method" : FormattableString.Invariant($"method.{m}"), _regularizer.Members[m].State, _regularizer.Members[m].Counters);
        state.Add("statistics", _statistics.State, [_statistics.Gradients]);
        if (_validation is not null)
            state.Add("flips", _validation.Flips.State);
        if (_forgetting is not null)
            state.Add("forgetting", _forgetting.State);
        if (_tracker is not null)
            state.Add("tracker", _tracker.State);
        if (_average is not null)
            state.Add("average", _average.Network.State, [_average.Steps]);
        if (_view.TakenSnapshot is { } snapshot)
            state.Add("snapshot", snapshot.Network.State, [snapshot.Taken]);
    }

    /// <summary>Runs an epoch, or what is left of it.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="firstStep">Steps of it that are done already.</param>
    /// <param name="endBlock">Called between two blocks of steps, with the steps done.</param>
    /// <exception cref="OperationCanceledException">The fit was canceled.</exception>
    /// <exception cref="TrainingDivergedException">The loss stopped being finite.</exception>
    public EpochReport RunEpoch(int epoch, int firstStep, Action<int> endBlock)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        _optimizer.LearningRate = Optimization.LearningRate(_options, epoch);
        _network.train();
        _rows.Shuffle(epoch);
        _view.BeginEpoch(epoch);
        for (var step = firstStep; step < _rows.Steps;)
        {
            step += RunBlock(epoch, step);
            if (step < _rows.Steps)
                endBlock(step);
        }

        using var noGrad = no_grad();
        var figures = _regularizer.FigureNames.Count == 0 ? null : _regularizer.Figures();
        _regularizer.EndEpoch(epoch);
        return Report(epoch, firstStep, clock, figures);
    }

    /// <summary>The temperature that fits the validation rows best with a network, and their mean cross-entropy without and with it.</summary>
    /// <exception cref="OperationCanceledException">The fit was canceled, and is to throw then.</exception>
    public (double Temperature, double Before, double After) FitTemperature(Network network, int epoch)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        network.eval();
        var logits = _validation!.Logits(network, () =>
        {
            if (_options.WhenCanceled == CancelAction.Throw)
                ThrowIfCanceled(epoch);
        });
        return TemperatureScaling.Of(logits, _validation.Labels);
    }

    /// <summary>Makes sure that the network can be kept in the middle of an epoch, and returns the steps done of it.</summary>
    /// <exception cref="TrainingDivergedException">It is not finite.</exception>
    public int CheckUnfinished(int epoch)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var steps = (int)(Steps - ((epoch - 1L) * _rows.Steps));
        _rowTables.ForEach(table => table.CatchUp());
        if (steps > 0)
            ReadStatistics(epoch, steps);
        return steps;
    }

    public void Dispose()
    {
        while (_owned.TryPop(out var owned))
            owned.Dispose();
    }

    /// <summary>Draws each member's first parameters from a stream of its own; the first member's are those of a network by itself.</summary>
    public static void Initialize(Network network, int seed, int members, Generator layers)
    {
        var generators = Enumerable.Range(0, members).ToList().ConvertAll(m => new Generator(m == 0 ? Seeds.Stream(seed, 0) : (ulong)Seeds.Seed(Seeds.Stream(seed, 1UL << 42), (ulong)m)));
        network.Initialize(generators, layers);
        generators.ForEach(generator => generator.Dispose());
    }

    /// <summary>What a fit starts from, where that is not drawn.</summary>
    public static Action<Network> FirstValues(TrainingOptions options, FitContext context) => network =>
    {
        context.WarmStart?.ApplyTo(network);
        if (options.Pretrained is not { } pretrained)
            return;
        var match = pretrained.ApplyTo(network);
        context.Info(FormattableString.Invariant($"Starts from {match.Matched.Count} of {match.Matched.Count + match.Missing.Count + match.OtherShape.Count} tensors in the files of Pretrained; {match.Unexpected.Count} of the files' have no place."));
    };

    private static int MemberSeed(int seed, int member) => member == 0 ? seed : (int)(Seeds.Seed(Seeds.Stream(seed, 1UL << 42), (ulong)member) >> 32);

    private T Own<T>(T part)
        where T : IDisposable
    {
        _owned.Push(part);
        return part;
    }

    /// <summary>Whether tables of categories are trained by rows: where the processor trains them, and stepping all of them would take long.</summary>
    private static bool ByRows(NetworkSpec spec, FitContext context) => context.Device.type == TorchSharp.DeviceType.CPU
        && spec.Layers[0] is CategoryEmbeddingSpec embedding && (context.TablesByRows ?? embedding.TableValues >= CategoryEmbeddingSpec.LeastByRows);

    /// <summary>Has the weights of which a step uses few trained by rows.</summary>
    private List<RowTable> RowTables(bool? onHost)
    {
        if (_network.Sparse is { } first)
        {
            var table = RowTableOf(first.Turned, _average?.Network.Sparse!.Turned, onHost);
            first.TrainWith(table);
            return [table];
        }

        if (_network.Embedding is not { } embedding)
            return [];
        var tables = embedding.Tables.Select((values, i) => RowTableOf(values, _average?.Network.Embedding!.Tables[i], onHost: true)).ToList();
        embedding.TrainWith(tables);
        return tables;
    }

    private RowTable RowTableOf(Tensor values, Tensor? averages, bool? onHost) => Own(new RowTable(Optimization.RowRule(_options), values, averages, _optimizer.Steps,
        step => new StepRates(Optimization.BackboneFactor(_options) * Optimization.LearningRate(_options, (int)((step - 1) / _rows.Steps) + 1), _average?.Share(step) ?? 0), onHost));

    /// <summary>Runs a block of steps and returns their number.</summary>
    private int RunBlock(int epoch, int firstStep)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _layers.manual_seed(Seeds.Seed(_layersStream, ((ulong)epoch << 32) + (ulong)firstStep));
        var block = _rows.Block(firstStep, Math.Min(_stepsPerBlock, _regularizer.StepsUntilUpdate), epoch);
        _view.BeginBlock(block, firstStep);
        _regularizer.Prepare(block);
        var steps = new List<Tensor>(block.Steps);
        foreach (var batch in _rows.StepsOf(block))
        {
            ThrowIfCanceled(epoch);
            steps.Add(RunStep(batch, isFirst: steps.Count == 0));
        }

        var outputs = Outputs.Join(steps);
        var together = _regularizer.Together(outputs);
        _statistics.Add(block, together, _regularizer.Loss(block, outputs), firstStep);
        _regularizer.Observe(block, outputs);
        _forgetting?.Observe(block, together);
        _tracker?.Observe(block, together);
        return block.Steps;
    }

    /// <summary>One optimizer step; returns its logits.</summary>
    private Tensor RunStep(Batch batch, bool isFirst)
    {
        using var scope = NewDisposeScope();
        _view.BeginStep(batch);
        var logits = batch.Sparse is { } sparse ? _network.StepForward(sparse) : _network.StepForward(batch.Features, batch.Rows);
        _network.StepBackward(_regularizer.LossGradient(batch, new Outputs(logits)));
        _gradientNorm.Observe(isFirst);
        _optimizer.Step();
        _average?.Update();
        foreach (var table in _rowTables)
            table.Step();
        return logits.MoveToOuterDisposeScope();
    }

    private EpochReport Report(int epoch, int firstStep, Stopwatch clock, Tensor? figures)
    {
        if (epoch == _options.Epochs)
            _rowTables.ForEach(table => table.CatchUp());
        // Reading waits for the device; the time so far is training's.
        var sums = ReadStatistics(epoch, _rows.Steps, figures);
        var training = clock.Elapsed;
        if (_validation is not null && _network.Sparse is not null)
            _rowTables[0].CatchUp(_validation.Columns);
        else if (_validation is not null)
            _rowTables.ForEach(table => table.CatchUp());
        Evaluated.eval();
        var validation = _validation?.Run(Evaluated, () => ThrowIfCanceled(epoch));
        ThrowIfCanceled(epoch);
        return new EpochReport
        {
            Epoch = epoch,
            Epochs = _options.Epochs,
            LearningRate = _optimizer.LearningRate,
            TrainingLoss = sums.CrossEntropy / _rows.Steps,
            MethodLoss = sums.MethodLoss / _rows.Steps,
            TrainingAccuracy = sums.Right / _rows.Rows,
            GradientNorm = sums.GradientNorm,
            RowsPerSecond = (_rows.Rows - ((double)firstStep * _rows.BatchSize)) / training.TotalSeconds,
            TimeLeft = clock.Elapsed * (_options.Epochs - epoch) * _rows.Steps / (_rows.Steps - firstStep),
            RowsLookAlike = sums.RowsLookAlike,
            WorkingSet = Environment.WorkingSet,
            Figures = MethodFigures.Of(_regularizer.FigureNames.Zip(sums.Figures)),
            ForgettingEvents = _forgetting?.ReadEpoch(),
            Validation = validation,
        };
    }

    /// <summary>Reads and clears the epoch's sums.</summary>
    /// <exception cref="TrainingDivergedException">A step's outputs, or the network after the last of the <paramref name="steps"/>, were not finite.</exception>
    private EpochSums ReadStatistics(int epoch, int steps, Tensor? figures = null)
    {
        var state = _network.State.Select(s => s.Value);
        _statistics.CheckState(state.Skip(_rowTables.Count).Concat(_rowTables.Select(table => table.Finiteness())), steps - 1);
        var sums = _statistics.Read(figures);
        return sums.BadStep is { } bad
            ? throw new TrainingDivergedException(FormattableString.Invariant($"The loss stopped being finite in epoch {epoch}, step {bad}. {Remedy()}"), epoch, bad)
            : sums;
    }

    /// <summary>What to do about a loss that is not finite. Read when the fit has failed: it may wait for the device.</summary>
    private string Remedy()
    {
        var (learningRate, weightDecay) = (_optimizer.LearningRate, _options.WeightDecay!.Value);
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
        IsCanceled = _isCanceled() || _options.CancellationToken.IsCancellationRequested;
        if (IsCanceled)
            throw new OperationCanceledException(FormattableString.Invariant($"Training was canceled in epoch {epoch} of {_options.Epochs}."), _options.CancellationToken);
    }
}
