using System.Reflection;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>A trainer of a catalog, found by reflection: a new method is under the common checks without being named here.</summary>
public sealed class TrainerUnderTest
{
    private static readonly string[] _binarySample = ["binary CrossEntropy", "binary Fer", "binary Ols", "binary PDiff", "binary CsKd"];

    private readonly MethodInfo _method;
    private int _members = 1;

    private TrainerUnderTest(MethodInfo method, MethodInfo shortMethod) => (_method, ShortMethod) = (method, shortMethod);

    /// <summary>The method's name; that of a binary classifier with the word before it.</summary>
    public string Name => IsBinary ? $"binary {_method.Name}" : _method.Name;

    public bool IsBinary => Catalog == typeof(FlipRegBinaryCatalog);

    /// <summary>The class that declares its methods.</summary>
    public Type Catalog => _method.DeclaringType!;

    public MethodInfo ShortMethod { get; }

    public Type OptionsType => _method.GetParameters()[1].ParameterType;

    /// <summary>The trainers of multiclass classifiers.</summary>
    public static IReadOnlyList<TrainerUnderTest> All { get; } = Of(typeof(FlipRegCatalog));

    /// <summary>The trainers of all kinds of classifiers.</summary>
    public static IReadOnlyList<TrainerUnderTest> AllKinds { get; } = [.. All, .. Of(typeof(FlipRegBinaryCatalog))];

    /// <summary>One row per trainer, for DynamicData.</summary>
    public static IEnumerable<object[]> Rows => All.Select(t => new object[] { t });

    /// <summary>
    /// One row per multiclass trainer, and one of them as an ensemble; of binary ones, which are the multiclass form with two classes, one of each kind of state.
    /// </summary>
    public static IEnumerable<object[]> RowsOfAllKinds => AllKinds.Where(t => !t.IsBinary || _binarySample.Contains(t.Name)).Append(Ensemble).Select(t => new object[] { t });

    /// <summary>As <see cref="RowsOfAllKinds"/>, for checks that start processes: a binary classifier's methods are those of the other kind, so one of them is enough.</summary>
    public static IEnumerable<object[]> RowsForProcesses => All.Append(Named("binary Fer")).Append(Ensemble).Select(t => new object[] { t });

    public static TrainerUnderTest Named(string name) => AllKinds.Single(t => t.Name == name);

    private static TrainerUnderTest Ensemble => new(Named("Fer")._method, Named("Fer").ShortMethod) { _members = 2 };

    /// <summary>Options that train fast: a small network and few epochs.</summary>
    public TrainingOptions FastOptions(Action<TrainingOptions>? change = null)
    {
        var options = (TrainingOptions)Activator.CreateInstance(OptionsType)!;
        options.Network = NetworkSpec.Mlp([8]);
        options.Epochs = 5;
        options.BatchSize = 16;
        options.Seed = 7;
        options.Members = _members;
        change?.Invoke(options);
        return options;
    }

    /// <summary>The trainer of a multiclass classifier.</summary>
    public ITrainerEstimator<FlipRegPredictionTransformer, FlipRegModelParameters> Create(MLContext context, TrainingOptions options, IDataView? validationData = null) =>
        (ITrainerEstimator<FlipRegPredictionTransformer, FlipRegModelParameters>)CreateAny(context, options, validationData);

    public ITrainerEstimator<FlipRegPredictionTransformer, FlipRegModelParameters> CreateFast(MLContext context, Action<TrainingOptions>? change = null) =>
        Create(context, FastOptions(change));

    /// <summary>The trainer of a classifier of any kind.</summary>
    public IEstimator<FlipRegPredictionTransformerBase> CreateAny(MLContext context, TrainingOptions options, IDataView? validationData = null) =>
        (IEstimator<FlipRegPredictionTransformerBase>)_method.Invoke(null, [Trainers(context), options, validationData])!;

    public IEstimator<FlipRegPredictionTransformerBase> CreateAnyFast(MLContext context, Action<TrainingOptions>? change = null) => CreateAny(context, FastOptions(change));

    public IEstimator<FlipRegPredictionTransformerBase> CreateShort(MLContext context)
    {
        var arguments = ShortMethod.GetParameters().Select(p => p.HasDefaultValue ? p.DefaultValue : null).ToArray();
        arguments[0] = Trainers(context);
        return (IEstimator<FlipRegPredictionTransformerBase>)ShortMethod.Invoke(null, arguments)!;
    }

    /// <summary>The test rows with a label that the trainer takes.</summary>
    public IDataView Data(MLContext context, int count = 60, int seed = 1) => Data(context, Blobs.Rows(count, seed));

    public IDataView Data(MLContext context, IEnumerable<BlobRow> rows) => IsBinary ? Blobs.Booleans(context, rows) : Blobs.Keyed(context, rows);

    /// <summary>All scores of a scored view, row by row: of a binary classifier Score and Probability.</summary>
    public float[][] Scores(MLContext context, IDataView scored) => IsBinary
        ? [.. scored.GetColumn<float>("Score").Zip(scored.GetColumn<float>("Probability"), (score, probability) => new[] { score, probability })]
        : Blobs.Scores(context, scored);

    /// <summary>Train on the test rows.</summary>
    public FlipRegPredictionTransformer Fit(MLContext context, Action<TrainingOptions>? change = null) => CreateFast(context, change).Fit(Blobs.Keyed(context));

    /// <summary>Train on rows.</summary>
    public FlipRegPredictionTransformer Fit(MLContext context, IEnumerable<BlobRow> rows, Action<TrainingOptions>? change = null) => CreateFast(context, change).Fit(Blobs.Keyed(context, rows));

    /// <summary>Train a classifier of any kind on the test rows.</summary>
    public FlipRegPredictionTransformerBase FitAny(MLContext context, Action<TrainingOptions>? change = null) => CreateAnyFast(context, change).Fit(Data(context));

    public override string ToString() => _members == 1 ? Name : $"{Name}, {_members} members";

    /// <summary>Every public method of a catalog that takes options, with its short overload.</summary>
    private static IReadOnlyList<TrainerUnderTest> Of(Type catalog) =>
    [
        .. catalog.GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(m => typeof(TrainingOptions).IsAssignableFrom(m.GetParameters()[1].ParameterType))
            .Select(m => new TrainerUnderTest(m, catalog.GetMethods().Single(other => other.Name == m.Name && other.GetParameters()[1].ParameterType == typeof(string)))),
    ];

    private object Trainers(MLContext context) => IsBinary ? context.BinaryClassification.Trainers : context.MulticlassClassification.Trainers;
}
