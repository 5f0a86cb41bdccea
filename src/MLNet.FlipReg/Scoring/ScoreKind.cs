using FlipReg;
using FlipReg.Encoders;
using FlipReg.Networks;
using FlipReg.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Training;

namespace MLNet.FlipReg.Scoring;

/// <summary>What a kind of classifier asks of labels, and what it makes of its network's logits: the columns that scoring adds.</summary>
internal abstract class ScoreKind
{
    public const string PredictedLabel = "PredictedLabel";

    public const string Score = "Score";

    /// <summary>A key as label; a score for each class.</summary>
    public static ScoreKind Multiclass { get; } = new MulticlassScores();

    /// <summary>A Boolean as label; one score, and the probability of true.</summary>
    public static ScoreKind Binary { get; } = new BinaryScores();

    /// <summary>Names of the columns that scoring adds, in their order.</summary>
    public abstract IReadOnlyList<string> Columns { get; }

    /// <summary>What the annotation ScoreColumnKind of these columns says.</summary>
    public abstract string ColumnKind { get; }

    /// <summary>Values that are computed for a row of a network of that many classes.</summary>
    public abstract int ValuesPerRow(int classes);

    /// <summary>Computes these values, row by row.</summary>
    public abstract void Compute(Network network, RowsToScore rows, float[] values);

    /// <summary>Checks the type of a label column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public abstract void CheckLabel(ColumnShape? column, string name, IEnumerable<string> present, string parameter);

    /// <summary>The number of classes of a label column of the right type, and their names in the order of the logits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are too many.</exception>
    public abstract (int Count, ClassNames? Names) Classes(DataViewSchema.Column label, string parameter);

    /// <summary>Adds the columns to a schema.</summary>
    /// <param name="builder">Receives them.</param>
    /// <param name="set">The number that they share.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="names">Names of the classes, or null.</param>
    public abstract void AddColumns(DataViewSchema.Builder builder, uint set, int classes, ClassNames? names);

    /// <summary>A getter of the column at a place among <see cref="Columns"/>.</summary>
    /// <param name="column">The place, from 0.</param>
    /// <param name="batch">The scores.</param>
    /// <param name="row">Tells the row in the batch; throws where there is none.</param>
    public abstract Delegate Getter(int column, ScoreBatch batch, Func<int> row);

    /// <summary>Adds the columns to a graph, as N×1, or N×K for a vector.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="logits">Name of the logits, N×K.</param>
    /// <returns>Their names in the graph, in the order of <see cref="Columns"/>.</returns>
    public abstract IReadOnlyList<string> AddToOnnx(OnnxGraph graph, string logits);

    /// <summary>A classifier alone as an ONNX model.</summary>
    /// <param name="encoder">Maps raw rows to the network's.</param>
    /// <param name="spec">A bound network.</param>
    /// <param name="tensors">The network's tensors, by the names they are saved under.</param>
    /// <param name="classNames">The classes' names in the order of the logits, or null.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="options">The options.</param>
    public abstract OnnxModel CreateOnnx(InputEncoder encoder, NetworkSpec spec, IEnumerable<OnnxTensor> tensors, IReadOnlyList<string>? classNames, IReadOnlyList<OnnxInput> inputs, OnnxOptions options);

    /// <summary>Annotations of a column, in the order in which ML.NET's own trainers have them.</summary>
    protected DataViewSchema.Annotations Annotations(params ReadOnlySpan<Action<DataViewSchema.Annotations.Builder>> adds)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue("ScoreColumnKind", TextDataViewType.Instance, ColumnKind.AsMemory());
        foreach (var add in adds)
            add(builder);
        return builder.ToAnnotations();
    }

    protected static Action<DataViewSchema.Annotations.Builder> ValueKind(string kind) =>
        builder => builder.AddPrimitiveValue("ScoreValueKind", TextDataViewType.Instance, kind.AsMemory());

    protected static Action<DataViewSchema.Annotations.Builder> Set(uint set) =>
        builder => builder.AddPrimitiveValue(ScoreSchema.SetId, new KeyDataViewType(typeof(uint), int.MaxValue), set);
}
