using FlipReg.Networks;
using FlipReg.Training.Optimizers;
using FlipReg.Training.RowTables;

namespace FlipReg.Training;

/// <summary>Optimizer and learning rate schedule of some options.</summary>
internal static class Optimization
{
    public static FlatOptimizer Optimizer(TrainingOptions options, Network network)
    {
        FlatOptimizer optimizer = options.Optimizer switch
        {
            OptimizerKind.AdamW => new AdamW(network.StepParameters, network.FlatGradients!, options.Momentum, options.WeightDecay!.Value),
            _ => new Sgd(network.StepParameters, network.FlatGradients!, options.Momentum, options.WeightDecay!.Value, options.Nesterov),
        };
        // Weights by rows are not among the optimizer's.
        var byRows = network.FlatParameters.numel() - network.StepParameters.numel();
        var backbone = network.ParametersOf(FrozenBackbone.BackboneLayers(network.Spec)) - byRows;
        if (BackboneFactor(options) != 1 && backbone > 0)
            optimizer.SetGroups([new(0, backbone, BackboneFactor(options)), new(backbone, network.StepParameters.numel() - backbone, 1)]);
        return optimizer;
    }

    /// <summary>The learning rate of all layers but the last, as a factor on that of the last.</summary>
    public static double BackboneFactor(TrainingOptions options) => options.BackboneLearningRate is { } rate ? rate / options.LearningRate!.Value : 1;

    /// <summary>The same optimizer for a parameter of which a step uses few rows.</summary>
    public static RowRule RowRule(TrainingOptions options) => options.Optimizer switch
    {
        OptimizerKind.AdamW => new AdamWRows(options.Momentum, options.WeightDecay!.Value),
        _ => new SgdRows(options.Momentum, options.WeightDecay!.Value, options.Nesterov),
    };

    /// <summary>The learning rate of an epoch (from 1).</summary>
    public static double LearningRate(TrainingOptions options, int epoch) => options.LearningRate!.Value * Factor(options, epoch - 1);

    /// <summary>Factor on the initial learning rate after some finished epochs (0 for the first epoch).</summary>
    public static double Factor(TrainingOptions options, int finished)
    {
        if (finished < options.WarmupEpochs)
            return (finished + 1.0) / (options.WarmupEpochs + 1);
        return options.Schedule switch
        {
            ScheduleKind.Constant => 1,
            ScheduleKind.CyclicCosine => CosineCycles.Factor(options, finished),
            ScheduleKind.MultiStep => Math.Pow(options.DecayFactor, options.Milestones.Count(m => finished >= Math.Round(m * options.Epochs))),
            _ => (1 + Math.Cos(Math.PI * (finished - options.WarmupEpochs) / (options.Epochs - options.WarmupEpochs))) / 2,
        };
    }
}
