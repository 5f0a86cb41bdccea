using FlipReg;
using Microsoft.ML;

namespace MLNet.FlipReg.Training;

/// <summary>A trainer whose fits a sweep follows and ends.</summary>
internal interface IObservableTrainer
{
    /// <summary>Whether the trainer brings validation rows of its own.</summary>
    bool HasValidation { get; }

    /// <summary>Fits with changed options.</summary>
    /// <param name="trainData">Rows to train on.</param>
    /// <param name="validationData">Rows that are only scored; null: those that the trainer brings.</param>
    /// <param name="change">Changes a copy of the options for this fit.</param>
    ITransformer Fit(IDataView trainData, IDataView? validationData, Action<TrainingOptions> change);
}
