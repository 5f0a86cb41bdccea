using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Scoring;

[assembly: LoadableClass(typeof(FlipRegPredictionTransformer), null, typeof(SignatureLoadModel), "FlipReg classifier", FlipRegPredictionTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(IDataTransform), typeof(FlipRegPredictionTransformer), null, typeof(SignatureLoadDataTransform), "FlipReg classifier", FlipRegPredictionTransformer.LoaderSignature)]

namespace FlipReg;

public abstract partial class FlipRegPredictionTransformerBase : ISingleFeaturePredictionTransformer
{
    private protected abstract VersionInfo Version { get; }

    void ICanSaveModel.Save(ModelSaveContext ctx) => ModelParts.Save(ctx, Version, Model);
}

public sealed partial class FlipRegPredictionTransformer
{
    internal const string LoaderSignature = "FlipRegClassifier";

    private static readonly VersionInfo _version = ModelParts.Version("FLIPREG ", LoaderSignature);

    private protected override VersionInfo Version => _version;

    /// <summary>Called by ML.NET to load a saved model.</summary>
    internal static FlipRegPredictionTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        new(new FlipRegModelParameters(ModelParts.Load(env, ctx, _version, ScoreKind.Multiclass)), new ScoringDevice(env));

    /// <summary>Called by ML.NET to load a saved view, where it puts one on other data.</summary>
    internal static IDataTransform Create(IHostEnvironment env, ModelLoadContext ctx, IDataView input) => (IDataTransform)Create(env, ctx).Transform(input);
}
