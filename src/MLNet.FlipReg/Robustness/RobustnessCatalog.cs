using FlipReg;
using FlipReg.Explaining;
using FlipReg.Networks;
using FlipReg.Runtime;
using Microsoft.ML.Data;
using MLNet.FlipReg.Calibration;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Scoring;
using MLNet.FlipReg.Training;

namespace Microsoft.ML;

/// <summary>Adds attacks on a model's input to <c>mlContext.MulticlassClassification</c>.</summary>
public static class RobustnessCatalog
{
    private const int BatchRows = 512;

    /// <summary>
    /// The model's error on rows as they are, after FGSM (Goodfellow et al., ICLR 2015) and after PGD (Madry et al., ICLR 2018), as in Table VIII of the OLS paper: every value of a row is moved by
    /// at most ε so that the cross-entropy of its label rises.
    /// </summary>
    /// <remarks>
    /// ε is in the units of the feature column, that is before the model's encoding, and the gradient is that in these raw values: it goes through the network by
    /// autograd and through the encoding by its slopes. Transforms before the classifier are not attacked. Missing values stay missing; values that the encoding ignores are not moved.
    /// Runs where the model scores batches.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Rows prepared as for the model, with their labels. Rows without a label are passed over.</param>
    /// <param name="model">The classifier.</param>
    /// <param name="options">ε and the rest.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or a column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    /// <exception cref="NotSupportedException">The network looks categories up: they have no gradient.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public static RobustnessMetrics EvaluateRobustness(this MulticlassClassificationCatalog catalog, IDataView data, FlipRegPredictionTransformer model, AttackOptions options)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        var attack = options.ToAttack();
        var parameters = model.Model;
        if (parameters.Network.Layers[0] is CategoryEmbeddingSpec)
            throw new NotSupportedException("The network must take its features as numbers, to have a gradient in them. Got one whose first layer looks categories up. Attack a model without it.");
        var schema = new ScoreSchema(data.Schema, parameters);
        var label = ScoredColumns.Label(data.Schema, options.LabelColumnName ?? parameters.LabelColumnName);
        if ((int)((KeyDataViewType)label.Type).Count != parameters.ClassCount)
            throw ColumnRules.Bad($"Column '{label.Name}' must have the model's {parameters.ClassCount} classes. Got {((KeyDataViewType)label.Type).Count}. Use the label that the model was trained with.", nameof(data));
        var random = Seeds.Random(Seeds.Stream(options.Seed ?? HostAccess.Seed(HostAccess.Environment(catalog)) ?? Random.Shared.Next(), 1UL << 52));
        var counts = new long[4];
        foreach (var (rows, labels) in Batches(data, label, schema.Features.One, parameters))
        {
            var wrong = parameters.Scores.Use(model.Device.Choose(), network => Wrong(network, parameters, attack, rows, labels, random));
            counts[0] += labels.Length;
            for (var i = 0; i < wrong.Length; i++)
                counts[i + 1] += wrong[i];
        }

        if (counts[0] == 0)
            throw new InvalidOperationException($"The data must hold rows with a label in column '{label.Name}'. Got none. Check the label's source, and use the MapValueToKey of the training.");
        var total = (double)counts[0];
        return new RobustnessMetrics(counts[0], counts[1] / total, counts[2] / total, counts[3] / total);
    }

    /// <summary>Wrong predictions of the rows as they are, after FGSM and after PGD.</summary>
    private static long[] Wrong(Network network, FlipRegModelParameters model, GradientAttack attack, float[] rows, int[] labels, Random random)
    {
        using var single = SingleThread.Enter();
        return [Count(rows), Count(attack.Fgsm().Attacked(network, model.Encoder, rows, labels, random)), Count(attack.Attacked(network, model.Encoder, rows, labels, random))];

        long Count(float[] changed) => GradientAttack.Predict(network, model.Encoder, changed).Zip(labels).LongCount(pair => pair.First != pair.Second);
    }

    private static IEnumerable<(float[] Rows, int[] Labels)> Batches(IDataView data, DataViewSchema.Column label, DataViewSchema.Column features, FlipRegModelParameters model)
    {
        using var cursor = data.GetRowCursor([label, features]);
        var (readLabel, readFeatures) = (KeyReader.Of(cursor, label), cursor.GetGetter<VBuffer<float>>(features));
        VBuffer<float> buffer = default;
        var capacity = (int)Math.Clamp((1L << 22) / Math.Max(model.Encoder.Width, model.Network.RowValues()), 1, BatchRows);
        var (rows, labels) = (new List<float>(), new List<int>());
        while (cursor.MoveNext())
        {
            var key = readLabel();
            if (key == 0)
                continue;
            readFeatures(ref buffer);
            if (buffer.Length != model.FeatureCount)
                throw new InvalidOperationException(FormattableString.Invariant($"Column '{features.Name}' must hold {model.FeatureCount} values in every row. Got {buffer.Length}. Apply the transforms of training."));
            rows.AddRange(buffer.DenseValues());
            labels.Add((int)key - 1);
            if (labels.Count < capacity)
                continue;
            yield return ([.. rows], [.. labels]);
            rows.Clear();
            labels.Clear();
        }

        if (labels.Count > 0)
            yield return ([.. rows], [.. labels]);
    }
}
