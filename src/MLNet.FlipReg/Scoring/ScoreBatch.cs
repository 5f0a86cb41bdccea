using FlipReg.Encoders;
using FlipReg.Networks;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNet.FlipReg.Scoring;

/// <summary>Features of some rows and, once asked for, their scores.</summary>
/// <param name="network">Computes the scores.</param>
/// <param name="encoder">Maps rows to the network's.</param>
/// <param name="device">Where scores are computed.</param>
/// <param name="values">Values that are computed for a row.</param>
/// <param name="capacity">Rows that fit.</param>
internal sealed class ScoreBatch(NetworkOwner network, InputEncoder encoder, torch.Device device, int values, int capacity)
    : FeatureBatch(encoder, capacity, takesSparse: TakesSparseRows(network, encoder))
{
    private float[] _scores = [];
    private float[] _sparseScores = [];
    private bool _isScored;

    /// <summary>Whether rows may be held sparse: the network takes them, and nothing is encoded before it.</summary>
    public static bool TakesSparseRows(NetworkOwner network, InputEncoder encoder) => network.TakesSparseRows && encoder.IsIdentity;

    public override void Clear()
    {
        base.Clear();
        _isScored = false;
    }

    /// <summary>Copies a row's class probabilities.</summary>
    public void Score(int row, ref VBuffer<float> value)
    {
        var editor = VBufferEditor.Create(ref value, values);
        Scores(row).CopyTo(editor.Values);
        value = editor.Commit();
    }

    /// <summary>A row's most probable class as a key; missing (0) where the probabilities are not numbers.</summary>
    public uint PredictedKey(int row)
    {
        var scores = Scores(row);
        var best = -1;
        for (var i = 0; i < scores.Length; i++)
        {
            if (best < 0 ? !float.IsNaN(scores[i]) : scores[i] > scores[best])
                best = i;
        }

        return (uint)(best + 1);
    }

    /// <summary>By how much true is ahead of false, of the two classes that there are.</summary>
    public float Margin(int row) => Scores(row)[0];

    private ReadOnlySpan<float> Scores(int row)
    {
        if (!_isScored)
        {
            if (Rows > 0)
                Compute(new RowsToScore(Features, Rows), ref _scores, DenseCapacity);
            if (Sparse?.Rows > 0)
                Compute(new RowsToScore(Sparse), ref _sparseScores, Capacity);
            _isScored = true;
        }

        var place = Place(row);
        return place >= 0 ? _scores.AsSpan(place * values, values) : _sparseScores.AsSpan(~place * values, values);
    }

    private void Compute(RowsToScore rows, ref float[] scores, int capacity)
    {
        if (scores.Length == 0)
            scores = new float[values * capacity];
        network.Score(device, rows, scores);
    }
}
