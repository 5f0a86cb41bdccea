using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Scoring;

[assembly: LoadableClass(typeof(FlipRegBinaryPredictionTransformer), null, typeof(SignatureLoadModel), "FlipReg binary classifier", FlipRegBinaryPredictionTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(IDataTransform), typeof(FlipRegBinaryPredictionTransformer), null, typeof(SignatureLoadDataTransform), "FlipReg binary classifier", FlipRegBinaryPredictionTransformer.LoaderSignature)]

namespace FlipReg;

public sealed partial class FlipRegBinaryPredictionTransformer
{
    internal const string LoaderSignature = "FlipRegBinaryClassifier";

    private static readonly VersionInfo _version = ModelParts.Version("FLIPREGB", LoaderSignature);

    private protected override VersionInfo Version => _version;

    /// <summary>Called by ML.NET to load a saved model.</summary>
    internal static FlipRegBinaryPredictionTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        new(new FlipRegBinaryModelParameters(ModelParts.Load(env, ctx, _version, ScoreKind.Binary)), new ScoringDevice(env));

    /// <summary>Called by ML.NET to load a saved view, where it puts one on other data.</summary>
    internal static IDataTransform Create(IHostEnvironment env, ModelLoadContext ctx, IDataView input) => (IDataTransform)Create(env, ctx).Transform(input);
}
