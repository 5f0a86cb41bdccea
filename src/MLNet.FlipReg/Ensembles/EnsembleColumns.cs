using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Scoring;

namespace MLNet.FlipReg.Ensembles;

/// <summary>The columns of an ensemble's data: the input's, then PredictedLabel and Score. The models' own stand behind one another's, PredictedLabel before Score.</summary>
internal sealed class EnsembleColumns(DataViewSchema input, FlipRegEnsembleTransformer ensemble)
{
    public DataViewSchema Input => input;

    public DataViewSchema Output { get; } = new ScoreSchema(input, ensemble.Models[0].Model).Output;

    /// <summary>Whether one of the active columns is made from the scores.</summary>
    public bool NeedsScores(bool[] active) => active.AsSpan(input.Count).Contains(true);

    /// <summary>Which columns of <see cref="Output"/> a caller needs.</summary>
    public bool[] ActiveColumns(IEnumerable<DataViewSchema.Column> needed)
    {
        ArgumentNullException.ThrowIfNull(needed);
        var active = new bool[Output.Count];
        foreach (var column in needed)
            active[column.Index] = true;
        return active;
    }

    /// <summary>The Score columns of the models in the last one's schema.</summary>
    public IEnumerable<DataViewSchema.Column> Scores(DataViewSchema last) => Enumerable.Range(0, ensemble.Models.Count).Select(i => last[input.Count + (2 * i) + 1]);
}

/// <summary>The mean of several models' scores of one row, computed once per position.</summary>
internal sealed class MeanScores(IReadOnlyList<ValueGetter<VBuffer<float>>> getters, int classes, Func<long> position)
{
    private readonly float[] _mean = new float[classes];
    private readonly double[] _sums = new double[classes];
    private VBuffer<float> _scores;
    private long _at = -1;

    /// <summary>A getter of PredictedLabel or of Score.</summary>
    public Delegate Getter(bool ofScore) => ofScore
        ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            Compute();
            var editor = VBufferEditor.Create(ref value, classes);
            _mean.CopyTo(editor.Values);
            value = editor.Commit();
        })
        : (ValueGetter<uint>)((ref uint value) =>
        {
            Compute();
            value = Key();
        });

    private void Compute()
    {
        if (position() is var now && now == _at && now >= 0)
            return;
        Array.Clear(_sums);
        foreach (var getter in getters)
        {
            getter(ref _scores);
            var values = _scores.GetValues();
            for (var k = 0; k < classes; k++)
                _sums[k] += values[k];
        }

        for (var k = 0; k < classes; k++)
            _mean[k] = (float)(_sums[k] / getters.Count);
        _at = now;
    }

    /// <summary>The largest score's key, the first of equals; 0 where they are not numbers.</summary>
    private uint Key()
    {
        if (float.IsNaN(_mean[0]))
            return 0;
        var best = 0;
        for (var k = 1; k < classes; k++)
        {
            if (_mean[k] > _mean[best])
                best = k;
        }

        return (uint)best + 1;
    }
}
