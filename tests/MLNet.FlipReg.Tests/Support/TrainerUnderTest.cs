using System.Reflection;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>A trainer of the catalog, found by reflection: a new method is under the common checks without being named here.</summary>
public sealed class TrainerUnderTest
{
    private readonly MethodInfo _method;

    private TrainerUnderTest(MethodInfo method, MethodInfo shortMethod) => (_method, ShortMethod) = (method, shortMethod);

    public string Name => _method.Name;

    public MethodInfo ShortMethod { get; }

    public Type OptionsType => _method.GetParameters()[1].ParameterType;

    /// <summary>Every public method of the catalog that takes options, with its short overload.</summary>
    public static IReadOnlyList<TrainerUnderTest> All { get; } =
    [
        .. typeof(FlipRegCatalog).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(m => typeof(TrainingOptions).IsAssignableFrom(m.GetParameters()[1].ParameterType))
            .Select(m => new TrainerUnderTest(m, typeof(FlipRegCatalog).GetMethods().Single(other => other.Name == m.Name && other.GetParameters()[1].ParameterType == typeof(string)))),
    ];

    /// <summary>One row per trainer, for DynamicData.</summary>
    public static IEnumerable<object[]> Rows => All.Select(t => new object[] { t });

    public static TrainerUnderTest Named(string name) => All.Single(t => t.Name == name);

    /// <summary>Options that train fast: a small network and few epochs.</summary>
    public TrainingOptions FastOptions(Action<TrainingOptions>? change = null)
    {
        var options = (TrainingOptions)Activator.CreateInstance(OptionsType)!;
        options.Network = NetworkSpec.Mlp([8]);
        options.Epochs = 5;
        options.BatchSize = 16;
        options.Seed = 7;
        change?.Invoke(options);
        return options;
    }

    public ITrainerEstimator<FlipRegPredictionTransformer, FlipRegModelParameters> Create(MLContext context, TrainingOptions options, IDataView? validationData = null) =>
        (ITrainerEstimator<FlipRegPredictionTransformer, FlipRegModelParameters>)_method.Invoke(null, [context.MulticlassClassification.Trainers, options, validationData])!;

    public ITrainerEstimator<FlipRegPredictionTransformer, FlipRegModelParameters> CreateFast(MLContext context, Action<TrainingOptions>? change = null) =>
        Create(context, FastOptions(change));

    public ITrainerEstimator<FlipRegPredictionTransformer, FlipRegModelParameters> CreateShort(MLContext context)
    {
        var arguments = ShortMethod.GetParameters().Select(p => p.HasDefaultValue ? p.DefaultValue : null).ToArray();
        arguments[0] = context.MulticlassClassification.Trainers;
        return (ITrainerEstimator<FlipRegPredictionTransformer, FlipRegModelParameters>)ShortMethod.Invoke(null, arguments)!;
    }

    /// <summary>Train on the test rows.</summary>
    public FlipRegPredictionTransformer Fit(MLContext context, Action<TrainingOptions>? change = null) => CreateFast(context, change).Fit(Blobs.Keyed(context));

    /// <summary>Train on rows.</summary>
    public FlipRegPredictionTransformer Fit(MLContext context, IEnumerable<BlobRow> rows, Action<TrainingOptions>? change = null) => CreateFast(context, change).Fit(Blobs.Keyed(context, rows));

    public override string ToString() => Name;
}
