using FlipReg;
using Microsoft.ML;
using static System.FormattableString;

namespace MLNet.FlipReg.Training;

/// <summary>Finds the classifier that a fit is to start from.</summary>
internal static class InitialModels
{
    /// <summary>The one classifier of this library in a transformer: itself, or in a chain, or in a chain of chains.</summary>
    /// <exception cref="ArgumentException">There is none, or more than one.</exception>
    public static FlipRegPredictionTransformerBase Classifier(ITransformer initialModel)
    {
        ArgumentNullException.ThrowIfNull(initialModel);
        var found = Classifiers(initialModel).ToList();
        return found.Count == 1
            ? found[0]
            : throw new ArgumentException(Invariant($"initialModel must be a classifier of this library, or a chain that holds one. Got {initialModel.GetType().Name} with {found.Count}. Pass the classifier's Model."), nameof(initialModel));
    }

    private static IEnumerable<FlipRegPredictionTransformerBase> Classifiers(ITransformer transformer) => transformer switch
    {
        FlipRegPredictionTransformerBase classifier => [classifier],
        IEnumerable<ITransformer> chain => chain.SelectMany(Classifiers),
        _ => [],
    };
}
