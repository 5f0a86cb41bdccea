using FlipReg.Training.Checkpoints;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Interop;
using static System.FormattableString;

namespace FlipReg.Sweeps.Pipelines;

/// <summary>A sweep over pipelines: makes contexts, fits, measures.</summary>
internal sealed class SweepSetup
{
    private readonly Func<MLContext, SweepTrial, IEstimator<ITransformer>> _estimator;
    private readonly SweepData _data;
    private readonly SweepMetric _metric;
    private readonly PipelineSweepOptions _options;
    private readonly IHostEnvironment _environment;
    private readonly Lock _lock = new();
    private (int Number, double Value, ITransformer Model)? _best;

    public SweepSetup(IHostEnvironment environment, Func<MLContext, SweepTrial, IEstimator<ITransformer>> estimator, SweepData data, SweepMetric metric, PipelineSweepOptions options)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentNullException.ThrowIfNull(data);
        (_environment, _estimator, _data, _metric, _options) = (environment, estimator, data, metric, options);
    }

    private int Seed => _options.Seed ?? HostAccess.Seed(_environment) ?? 0;

    /// <summary>Whether epochs are judged by the validation loss: lower is better.</summary>
    private bool ReportsLoss => _metric.FollowsLoss && _data.FoldCount == 0;

    public SweepResult Run(SweepSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        // Folds report their mean so far: the metric itself.
        var reportsHigher = _data.FoldCount > 0 ? _metric.HigherIsBetter : !ReportsLoss;
        var spec = new Store.StudySpec(_options.Name, space, _metric.Name, _metric.HigherIsBetter, reportsHigher);
        var outcome = SweepStudy.Run(spec, Evaluate, _options);
        if (outcome.Best is not { } best)
        {
            var reasons = outcome.Trials.Where(trial => trial.Error is not null).Select(trial => trial.Error!).Distinct().Take(3);
            throw new SweepException(Invariant($"No trial of study '{outcome.Study}' finished. {outcome.StopReason ?? "All are done."} {string.Join(" ", reasons)}").TrimEnd());
        }

        return new SweepResult(outcome, Model(best), Leaderboard.Of(_environment, outcome, space));
    }

    private double Evaluate(SweepTrial trial)
    {
        var ml = Context();
        using var canceled = trial.CancellationToken.Register(() => HostAccess.Cancel(ml));
        var estimator = Estimator(ml, trial);
        var parts = _data.Parts(ml, Seed);
        double sum = 0;
        for (var fold = 0; fold < parts.Count; fold++)
        {
            var (train, validation) = parts[fold];
            var model = Fit(ml, estimator, train, parts.Count == 1 ? validation : null, options => Follow(options, trial, fold, parts.Count == 1));
            var keep = false;
            try
            {
                trial.ThrowIfStopped();
                sum += _metric.Measure(ml, model.Transform(validation), _options.LabelColumnName);
                keep = parts.Count == 1 && !_options.Refit && Offer(trial.Number, sum, model);
            }
            finally
            {
                if (!keep)
                    (model as IDisposable)?.Dispose();
            }

            if (parts.Count > 1)
                trial.Report(fold + 1, sum / (fold + 1));
        }

        return sum / parts.Count;
    }

    /// <summary>Ties a trainer's fit to its trial.</summary>
    private void Follow(TrainingOptions options, SweepTrial trial, int fold, bool reports)
    {
        var (given, token) = (options.Progress, options.CancellationToken);
        options.CancellationToken = token.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(token, trial.CancellationToken).Token : trial.CancellationToken;
        options.WhenCanceled = CancelAction.Throw;
        options.Seed ??= Seed;
        if (_options.Checkpoints && trial.CheckpointFolder is { } folder)
            options.CheckpointDirectory ??= Path.Combine(folder, Invariant($"fold-{fold}"));
        if (reports && trial.Attempt > 1 && options.CheckpointDirectory is { } checkpoints)
            trial.Restore(Reports(checkpoints));
        options.Progress = report =>
        {
            given?.Invoke(report);
            if (reports && report.Validation is { } validation)
                trial.Report(report.Epoch, Value(validation));
            else
                trial.ThrowIfStopped();
        };
    }

    /// <summary>What the checkpoint reported that a fit goes on from: the worker before may have died before it was stored.</summary>
    private List<(int Step, double Value)> Reports(string checkpoints)
    {
        if (!Directory.Exists(checkpoints))
            return [];
        using var store = CheckpointStore.Open(checkpoints, _ => { });
        return [.. (store.Newest?.Progress.History ?? []).Where(report => report.Validation is not null).Select(report => (report.Epoch, Value(report.Validation!)))];
    }

    private double Value(ValidationReport validation) => ReportsLoss ? validation.Loss : validation.Accuracy;

    private static ITransformer Fit(MLContext ml, IEstimator<ITransformer> estimator, IDataView train, IDataView? validation, Action<TrainingOptions> change) =>
        PipelineFit.Fit(ml, estimator, train, validation, change);

    private IEstimator<ITransformer> Estimator(MLContext ml, SweepTrial trial) => _estimator(ml, trial)
        ?? throw new InvalidOperationException(Invariant($"The function of the sweep must give an estimator. It gave null for trial {trial.Number}."));

    /// <summary>Keeps the best model so far; whether it is this one.</summary>
    private bool Offer(int number, double value, ITransformer model)
    {
        if (double.IsNaN(value))
            return false;
        lock (_lock)
        {
            // The first of equal ones, as the outcome has it.
            if (_best is { } best && (value == best.Value ? number > best.Number : _metric.HigherIsBetter ? value < best.Value : value > best.Value))
                return false;
            (_best?.Model as IDisposable)?.Dispose();
            _best = (number, value, model);
            return true;
        }
    }

    /// <summary>The best trial's model: the one that was measured, or one that is fitted again, because all rows are wanted or another process had it.</summary>
    private ITransformer Model(SweepTrialInfo best)
    {
        if (_best is { } kept)
        {
            if (kept.Number == best.Number)
                return kept.Model;
            (kept.Model as IDisposable)?.Dispose();
        }

        var ml = Context();
        using var canceled = _options.CancellationToken.Register(() => HostAccess.Cancel(ml));
        var trial = new SweepTrial(new("", best.Number, best.Attempts + 1), best.Point, null, (_, _, _) => false);
        var estimator = Estimator(ml, trial);
        if (_options.Refit || _data.FoldCount > 0)
            return Fit(ml, estimator, _data.All, null, options => options.Seed ??= Seed);
        var (train, validation) = _data.Parts(ml, Seed)[0];
        return Fit(ml, estimator, train, validation, options => options.Seed ??= Seed);
    }

    private MLContext Context()
    {
        var ml = new MLContext(Seed) { GpuDeviceId = HostAccess.GpuDeviceId(_environment), FallbackToCpu = HostAccess.FallbackToCpu(_environment) };
        if (_options.Log is { } log)
            ml.Log += (_, line) => log(line.Message);
        return ml;
    }
}
