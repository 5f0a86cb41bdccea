using FlipReg.Regularizers;
using FlipReg.Regularizers.CrossEntropy;

namespace FlipReg;

/// <summary>Plain cross-entropy training: loss −log softmax(z)[y], mean over the rows of a step. The baseline of every method here.</summary>
public sealed class CrossEntropyOptions : TrainingOptions
{
    internal override string MethodName => "CrossEntropy";

    internal override bool TakesMixedLabels => true;

    internal override Regularizer CreateRegularizer(RegularizerContext context) => new CrossEntropyRegularizer();
}
