using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Scoring;
using TorchSharp;

[assembly: LoadableClass(typeof(FlipRegBinaryModelParameters), null, typeof(SignatureLoadModel), "FlipReg binary model", FlipRegBinaryModelParameters.LoaderSignature)]

namespace FlipReg;

/// <remarks>What ML.NET asks of a binary model that stands in one of its own, such as OneVersusAll: it scores row by row, saves itself as a part and takes part in ONNX graphs.</remarks>
public sealed partial class FlipRegBinaryModelParameters : IDistPredictorProducing<float, float>, IValueMapperDist, ICanSaveModel, ISingleCanSaveOnnx
{
    internal const string LoaderSignature = "FlipRegBinaryModel";

    private static readonly VersionInfo _version = ModelParts.Version("FLIPREGB", LoaderSignature);

    PredictionKind IPredictor.PredictionKind => PredictionKind.BinaryClassification;

    DataViewType IValueMapper.InputType => new VectorDataViewType(NumberDataViewType.Single, FeatureCount);

    DataViewType IValueMapper.OutputType => NumberDataViewType.Single;

    DataViewType IValueMapperDist.DistType => NumberDataViewType.Single;

    ValueMapper<TSrc, TDst> IValueMapper.GetMapper<TSrc, TDst>()
    {
        var margin = Margins();
        return (ValueMapper<TSrc, TDst>)(Delegate)(ValueMapper<VBuffer<float>, float>)((in features, ref score) => score = margin(features));
    }

    ValueMapper<TSrc, TDst, TDist> IValueMapperDist.GetMapper<TSrc, TDst, TDist>()
    {
        var margin = Margins();
        return (ValueMapper<TSrc, TDst, TDist>)(Delegate)(ValueMapper<VBuffer<float>, float, float>)((in features, ref score, ref probability) =>
        {
            score = margin(features);
            probability = BinaryScores.Probability(score);
        });
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => ModelParts.Save(ctx, _version, this);

    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => true;

    /// <param name="ctx">The graph.</param>
    /// <param name="outputNames">Variables of predicted label, score and probability.</param>
    /// <param name="featureColumn">The features' variable.</param>
    bool ISingleCanSaveOnnx.SaveAsOnnx(OnnxContext ctx, string[] outputNames, string featureColumn)
    {
        ScoringView.CheckOpset(ctx);
        var graph = new ContextGraph(ctx);
        foreach (var (output, value) in outputNames.Zip(ScoringView.AddClassifier(graph, this, [featureColumn])))
            graph.AddNode("Identity", output, [value]);
        return true;
    }

    /// <summary>Called by ML.NET to load a model that is a part of another.</summary>
    internal static FlipRegBinaryModelParameters Create(IHostEnvironment env, ModelLoadContext ctx) => new(ModelParts.Load(env, ctx, _version, ScoreKind.Binary));

    /// <summary>Scores one row after another, for one caller at a time. Nobody disposes a mapper: the row's memory goes with it.</summary>
    private Func<VBuffer<float>, float> Margins()
    {
        var batch = new ScoreBatch(Scores.Open(), Encoder, torch.CPU, Kind.ValuesPerRow(ClassCount), capacity: 1);
        return features =>
        {
            batch.Clear();
            batch.Add(features, FeatureColumnName);
            return batch.Margin(0);
        };
    }
}
