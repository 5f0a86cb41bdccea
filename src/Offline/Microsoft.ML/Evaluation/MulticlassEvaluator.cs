namespace Microsoft.ML.Data;

/// <summary>Counts one pass over scored rows and makes the metrics of it. Labels and predictions are class indices.</summary>
internal sealed class MulticlassEvaluator
{
    // Probabilities are kept off zero, in single precision like the scores.
    private const float LeastProbability = 1e-15f;

    private readonly int _classCount;
    private readonly double[][] _confusion;
    private readonly double[] _rowsOfClass;
    private readonly double[] _logLossOfClass;
    private readonly double[] _rowsOfRank;
    private double _rows;
    private double _correct;
    private double _logLoss;

    private MulticlassEvaluator(int classCount)
    {
        _classCount = classCount;
        _confusion = [.. Enumerable.Range(0, classCount).Select(_ => new double[classCount])];
        _rowsOfClass = new double[classCount];
        _logLossOfClass = new double[classCount];
        _rowsOfRank = new double[classCount + 1];
    }

    public static MulticlassClassificationMetrics Evaluate(IDataView data, DataViewSchema.Column label, DataViewSchema.Column score, int topK)
    {
        if (score.Type is not VectorDataViewType { Size: >= 2 } vector || !vector.ItemType.Equals(NumberDataViewType.Single))
        {
            throw Contracts.ExceptSchemaMismatch("schema", "score", score.Name,
                "vector of two or more items of type Single", score.Type.ToString());
        }
        if (!label.Type.Equals(NumberDataViewType.Single) && label.Type.KeyCount() == 0)
            throw Contracts.ExceptSchemaMismatch("schema", "label", label.Name, "Single or Key", label.Type.ToString());

        var evaluator = new MulticlassEvaluator(vector.Size);
        using var cursor = data.GetRowCursor([label, score]);
        var readLabel = OpenLabel(cursor, label);
        var getScores = cursor.GetGetter<VBuffer<float>>(score);
        VBuffer<float> buffer = default;
        var scores = new float[vector.Size];
        while (cursor.MoveNext())
        {
            if (readLabel() is not { } actual)
                continue;
            getScores(ref buffer);
            Contracts.Check(buffer.Length == scores.Length);
            buffer.CopyTo(scores);
            if (Array.TrueForAll(scores, float.IsFinite))
                evaluator.Add(actual, scores);
        }
        return evaluator.Finish(topK, ClassNames(score, vector.Size));
    }

    /// <summary>Null for a row that does not count: without a label, or with one that is no class index.</summary>
    private static Func<int?> OpenLabel(DataViewRow row, DataViewSchema.Column label)
    {
        if (label.Type is KeyDataViewType type)
        {
            var readKey = RowNumber.OpenKey(row, label);
            return () => readKey() is var key && key > 0 && key <= type.Count ? (int)(key - 1) : null;
        }
        var getter = row.GetGetter<float>(label);
        return () =>
        {
            float value = 0;
            getter(ref value);
            return value >= 0 && value == (int)value ? (int)value : null;
        };
    }

    private static string[] ClassNames(DataViewSchema.Column score, int count)
    {
        if (!score.HasSlotNames())
            return [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private void Add(int label, ReadOnlySpan<float> scores)
    {
        var isKnown = label < _classCount;
        var probability = isKnown ? scores[label] : 0;
        var (rank, predicted) = (0, 0);
        for (var i = 0; i < scores.Length; i++)
        {
            // Equal scores rank in the order of the classes.
            if (scores[i] > probability || (scores[i] == probability && i < label))
                rank++;
            if (scores[i] > scores[predicted])
                predicted = i;
        }

        var logLoss = -Math.Log(Math.Clamp(probability, LeastProbability, 1));
        _rows++;
        _logLoss += logLoss;
        _rowsOfRank[rank]++;
        if (!isKnown)
            return;
        _rowsOfClass[label]++;
        _logLossOfClass[label] += logLoss;
        _confusion[label][predicted]++;
        if (rank == 0)
            _correct++;
    }

    private MulticlassClassificationMetrics Finish(int topK, string[] classNames)
    {
        var seen = Enumerable.Range(0, _classCount).Where(i => _rowsOfClass[i] > 0).ToArray();
        var logLoss = Ratio(_logLoss, _rows);
        var entropy = -seen.Sum(i => _rowsOfClass[i] * Math.Log(_rowsOfClass[i] / _rows)) / _rows;
        return new MulticlassClassificationMetrics
        {
            MicroAccuracy = Ratio(_correct, _rows),
            MacroAccuracy = Ratio(seen.Sum(i => _confusion[i][i] / _rowsOfClass[i]), seen.Length),
            LogLoss = logLoss,
            LogLossReduction = (entropy - logLoss) / entropy,
            PerClassLogLoss = [.. _logLossOfClass.Select((sum, i) => Ratio(sum, _rowsOfClass[i]))],
            TopKPredictionCount = topK,
            TopKAccuracyForAllK = topK > 0 ? TopKAccuracies(topK) : null,
            ConfusionMatrix = new ConfusionMatrix(_confusion, classNames),
        };
    }

    // The real library fails too, by the index, where more than the ranks are asked for.
    private double[] TopKAccuracies(int topK)
    {
        var accuracies = new double[topK];
        var sum = 0.0;
        for (var i = 0; i < topK; i++)
            accuracies[i] = sum += _rowsOfRank[i] / _rows;
        return accuracies;
    }

    private static double Ratio(double sum, double count) => count > 0 ? sum / count : 0;
}
