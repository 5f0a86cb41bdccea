namespace FlipReg.Training;

/// <summary>Follows the validation rows over the epochs: which epoch was best, and for how long none has been better.</summary>
internal sealed class BestEpoch(TrainingOptions options)
{
    private readonly ValidationMetric _metric = options.EarlyStopping?.Metric ?? ValidationMetric.Accuracy;
    private ValidationReport? _best;
    private double? _reference;
    private int _epochsWithout;

    /// <summary>The best epoch so far, from 1; 0 before there was one.</summary>
    public int Epoch { get; private set; }

    /// <summary>Whether the fit has gone on for as many epochs without an improvement as it may.</summary>
    public bool MustStop => options.EarlyStopping is { } stopping && _epochsWithout >= stopping.Patience;

    /// <summary>Takes an epoch's report; true where it is the best so far. Of equal accuracies that with the lower loss is better.</summary>
    public bool Take(EpochReport report)
    {
        if (report.Validation is not { } validation)
            return false;
        // The larger the better. A value that is no number is never better.
        var value = _metric == ValidationMetric.Accuracy ? validation.Accuracy : -validation.Loss;
        var improved = _reference is null ? !double.IsNaN(value) : value > _reference + (options.EarlyStopping?.MinimumDelta ?? 0);
        (_reference, _epochsWithout) = improved ? (value, 0) : (_reference, _epochsWithout + 1);
        if (!(_best is null ? !double.IsNaN(value) : IsBetter(validation, _best)))
            return false;
        (_best, Epoch) = (validation, report.Epoch);
        return true;
    }

    /// <summary>Why the fit ended early.</summary>
    public string StoppedAfter(int epoch)
    {
        var stopping = options.EarlyStopping!;
        return FormattableString.Invariant(
            $"Stopped after epoch {epoch} of {options.Epochs}: in {stopping.Patience} epochs the validation {(_metric == ValidationMetric.Loss ? "loss" : "accuracy")} has not improved by more than {stopping.MinimumDelta}. {Describe()}");
    }

    /// <summary>The best epoch and its figures.</summary>
    public string Describe() => _best is null ? "No epoch had a finite loss on the validation rows." : FormattableString.Invariant(
        $"The best epoch was {Epoch}: validation loss {_best.Loss:F4}, accuracy {_best.Accuracy:F4}.");

    private bool IsBetter(ValidationReport report, ValidationReport other) => _metric == ValidationMetric.Loss || report.Accuracy == other.Accuracy
        ? report.Loss < other.Loss
        : report.Accuracy > other.Accuracy;
}
