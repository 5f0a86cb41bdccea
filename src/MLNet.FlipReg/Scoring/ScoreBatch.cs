using FlipReg.Encoders;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNet.FlipReg.Scoring;

/// <summary>Features of some rows and, once asked for, their scores.</summary>
internal sealed class ScoreBatch(NetworkOwner network, InputEncoder encoder, torch.Device device, int classes, int capacity) : FeatureBatch(encoder, capacity)
{
    private readonly float[] _scores = new float[classes * capacity];
    private bool _isScored;

    public override void Clear()
    {
        base.Clear();
        _isScored = false;
    }

    /// <summary>Copies a row's class probabilities.</summary>
    public void Score(int row, ref VBuffer<float> value)
    {
        var editor = VBufferEditor.Create(ref value, classes);
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

    private ReadOnlySpan<float> Scores(int row)
    {
        if (!_isScored)
        {
            network.Score(device, Features, Rows, _scores);
            _isScored = true;
        }

        return _scores.AsSpan(row * classes, classes);
    }
}
