namespace FlipReg.Sweeps;

/// <summary>How a sweep over pipelines runs.</summary>
public sealed class PipelineSweepOptions : SweepOptions
{
    /// <summary>Name of the label column in scored rows. Default "Label".</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Seed of every trial's context, of the split or the folds, and of trainers without one; null: the context's, else 0. Default null.</summary>
    public int? Seed { get; set; }

    /// <summary>
    /// Whether the best trial's pipeline is fitted again, on all rows of <see cref="SweepData.Split"/> or on the training rows of <see cref="SweepData.WithValidation"/>. False: the model that
    /// was measured. Folds are always followed by a fit on all rows. Default false.
    /// </summary>
    public bool Refit { get; set; }

    /// <summary>Whether trainers of this library keep checkpoints in <see cref="SweepOptions.Folder"/>, so that another attempt goes on where one was killed. Default true.</summary>
    public bool Checkpoints { get; set; } = true;

    /// <summary>Gets the lines of the trials' contexts' logs, from several threads. Default null.</summary>
    public Action<string>? Log { get; set; }
}
