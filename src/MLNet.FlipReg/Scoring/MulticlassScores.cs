using FlipReg;
using FlipReg.Encoders;
using FlipReg.Networks;
using FlipReg.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Training;

namespace MLNet.FlipReg.Scoring;

/// <summary>PredictedLabel, a key with the label's values, and Score, the probabilities of all classes.</summary>
internal sealed class MulticlassScores : ScoreKind
{
    public override IReadOnlyList<string> Columns { get; } = [PredictedLabel, Score];

    public override string ColumnKind => "MulticlassClassification";

    public override int ValuesPerRow(int classes) => classes;

    public override void Compute(Network network, RowsToScore rows, float[] values) => Scorer.Probabilities(network, rows, values);

    public override void CheckLabel(ColumnShape? column, string name, IEnumerable<string> present, string parameter) =>
        ColumnRules.CheckKeyLabel(column, name, present, parameter);

    public override (int Count, ClassNames? Names) Classes(DataViewSchema.Column label, string parameter)
    {
        var classes = ColumnRules.CheckClassCount((KeyDataViewType)label.Type, label.Name, parameter);
        return (classes, ClassNames.Of(label, classes));
    }

    public override void AddColumns(DataViewSchema.Builder builder, uint set, int classes, ClassNames? names)
    {
        builder.AddColumn(PredictedLabel, new KeyDataViewType(typeof(uint), classes), Annotations(ValueKind(PredictedLabel), Names("KeyValues"), Set(set)));
        builder.AddColumn(Score, new VectorDataViewType(NumberDataViewType.Single, classes),
            Annotations(Set(set), ValueKind(Score), Names("TrainingLabelValues"), names?.AreText == true ? Names("SlotNames") : _ => { }));

        Action<DataViewSchema.Annotations.Builder> Names(string kind) => annotations => names?.AddTo(annotations, kind);
    }

    public override Delegate Getter(int column, ScoreBatch batch, Func<int> row) => column == 0
        ? (ValueGetter<uint>)((ref uint value) => value = batch.PredictedKey(row()))
        : (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => batch.Score(row(), ref value));

    public override IReadOnlyList<string> AddToOnnx(OnnxGraph graph, string logits)
    {
        var score = OnnxClassifier.AddScore(graph, logits, "score");
        var key = OnnxClassifier.AddKey(graph, score, column: true);
        return [graph.Node("Cast", "predicted_label", [key], new OnnxAttribute("to", OnnxModel.UInt32)), score];
    }

    public override OnnxModel CreateOnnx(InputEncoder encoder, NetworkSpec spec, IEnumerable<OnnxTensor> tensors, IReadOnlyList<string>? classNames, IReadOnlyList<OnnxInput> inputs, OnnxOptions options) =>
        OnnxClassifier.Create(encoder, spec, tensors, classNames, inputs, options);
}
