using FlipReg;
using FlipReg.Encoders;
using FlipReg.Networks;
using FlipReg.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Training;

namespace MLNet.FlipReg.Scoring;

/// <summary>
/// A network of two classes, false and true: PredictedLabel, a Boolean; Score, the logit of true minus that of false; Probability of true, the softmax
/// of the two logits, which is the logistic function of Score.
/// </summary>
internal sealed class BinaryScores : ScoreKind
{
    public const string ProbabilityColumn = "Probability";

    private static readonly ClassNames _names = ClassNames.OfBooleans();

    public override IReadOnlyList<string> Columns { get; } = [PredictedLabel, Score, ProbabilityColumn];

    public override string ColumnKind => "BinaryClassification";

    public static float Probability(float score) => (float)(1 / (1 + Math.Exp(-score)));

    public override int ValuesPerRow(int classes) => 1;

    public override void Compute(Network network, RowsToScore rows, float[] values) => Scorer.Margins(network, rows, values);

    public override void CheckLabel(ColumnShape? column, string name, IEnumerable<string> present, string parameter) =>
        ColumnRules.CheckBooleanLabel(column, name, present, parameter);

    public override (int Count, ClassNames? Names) Classes(DataViewSchema.Column label, string parameter) => (_names.Count, _names);

    public override void AddColumns(DataViewSchema.Builder builder, uint set, int classes, ClassNames? names)
    {
        builder.AddColumn(PredictedLabel, BooleanDataViewType.Instance, Annotations(ValueKind(PredictedLabel), Set(set)));
        builder.AddColumn(Score, NumberDataViewType.Single, Annotations(Set(set), ValueKind(Score)));
        builder.AddColumn(ProbabilityColumn, NumberDataViewType.Single, Annotations(Set(set),
            annotations => annotations.AddPrimitiveValue("IsNormalized", BooleanDataViewType.Instance, true), ValueKind(ProbabilityColumn)));
    }

    // A score that is not a number predicts false, as with ML.NET's own trainers: a Boolean has no missing value.
    public override Delegate Getter(int column, ScoreBatch batch, Func<int> row) => column switch
    {
        0 => (ValueGetter<bool>)((ref bool value) => value = batch.Margin(row()) > 0),
        1 => (ValueGetter<float>)((ref float value) => value = batch.Margin(row())),
        _ => (ValueGetter<float>)((ref float value) => value = Probability(batch.Margin(row()))),
    };

    public override IReadOnlyList<string> AddToOnnx(OnnxGraph graph, string logits) => OnnxBinaryClassifier.AddColumns(graph, logits, column: true);

    public override OnnxModel CreateOnnx(InputEncoder encoder, NetworkSpec spec, IEnumerable<OnnxTensor> tensors, IReadOnlyList<string>? classNames, IReadOnlyList<OnnxInput> inputs, OnnxOptions options) =>
        OnnxBinaryClassifier.Create(encoder, spec, tensors, inputs, options);
}
