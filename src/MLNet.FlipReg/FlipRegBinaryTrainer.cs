using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Scoring;

namespace FlipReg;

/// <summary>
/// Trains a binary classifier, a neural network of two outputs, by the method that <typeparamref name="TOptions"/> stands for. Made by the methods of
/// <see cref="FlipRegBinaryCatalog"/>.
/// </summary>
/// <remarks>
/// The label is a Boolean. All else is as with <see cref="FlipRegTrainer{TOptions}"/> and two classes, false before true: the same rows, options and seed give the same weights.
/// </remarks>
/// <typeparam name="TOptions">The method's options, such as <see cref="FerOptions"/>.</typeparam>
public sealed class FlipRegBinaryTrainer<TOptions> : FlipRegTrainerBase<FlipRegBinaryPredictionTransformer, FlipRegBinaryModelParameters>
    where TOptions : TrainingOptions
{
    internal FlipRegBinaryTrainer(IHostEnvironment environment, TOptions options, IDataView? validationData)
        : base(environment, options, validationData, ScoreKind.Binary)
    {
    }

    private protected override FlipRegBinaryPredictionTransformer Create(ModelContent content, ScoringDevice device) => new(new FlipRegBinaryModelParameters(content), device);
}
