using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>Optimizer and learning rate schedule of some options.</summary>
internal static class Optimization
{
    public static optim.Optimizer Optimizer(TrainingOptions options, Parameter parameters) => options.Optimizer switch
    {
        OptimizerKind.AdamW => optim.AdamW([parameters], options.LearningRate!.Value, beta1: options.Momentum, weight_decay: options.WeightDecay!.Value),
        _ => optim.SGD([parameters], options.LearningRate!.Value, options.Momentum, weight_decay: options.WeightDecay!.Value, nesterov: options.Nesterov),
    };

    /// <summary>Sets the learning rate of an epoch (from 1) and returns it.</summary>
    public static double SetLearningRate(TrainingOptions options, optim.Optimizer optimizer, int epoch)
    {
        var learningRate = options.LearningRate!.Value * Factor(options, epoch - 1);
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = learningRate;
        return learningRate;
    }

    /// <summary>Factor on the initial learning rate after some finished epochs (0 for the first epoch).</summary>
    public static double Factor(TrainingOptions options, int finished)
    {
        if (finished < options.WarmupEpochs)
            return (finished + 1.0) / (options.WarmupEpochs + 1);
        return options.Schedule switch
        {
            ScheduleKind.Constant => 1,
            ScheduleKind.MultiStep => Math.Pow(options.DecayFactor, options.Milestones.Count(m => finished >= Math.Round(m * options.Epochs))),
            _ => (1 + Math.Cos(Math.PI * (finished - options.WarmupEpochs) / (options.Epochs - options.WarmupEpochs))) / 2,
        };
    }
}
