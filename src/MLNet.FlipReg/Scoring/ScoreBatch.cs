using FlipReg.Data;
using FlipReg.Encoders;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNet.FlipReg.Scoring;

/// <summary>Features of some rows and, once asked for, their scores.</summary>
internal sealed class ScoreBatch(NetworkOwner network, InputEncoder encoder, torch.Device device, int classes, int capacity) : IDisposable
{
    private readonly RowMemory _features = new(capacity, encoder.Width);
    private readonly float[] _raw = encoder.IsIdentity ? [] : new float[encoder.RawWidth];
    private readonly float[] _scores = new float[classes * capacity];
    private int _rows;
    private bool _isScored;

    /// <summary>Rows that fit.</summary>
    public int Capacity => capacity;

    /// <summary>Forgets all rows.</summary>
    public void Clear() => (_rows, _isScored) = (0, false);

    /// <summary>Adds a row.</summary>
    public void Add(in VBuffer<float> features, string columnName)
    {
        if (features.Length != encoder.RawWidth)
            throw new InvalidOperationException(FormattableString.Invariant($"Column '{columnName}' must hold {encoder.RawWidth} values in every row. Got {features.Length}. Apply the transforms of training."));
        var row = _features.Row(_rows);
        if (encoder.IsIdentity)
        {
            features.CopyTo(row);
        }
        else if (features.IsDense)
        {
            encoder.Encode(features.GetValues(), row);
        }
        else
        {
            features.CopyTo(_raw);
            encoder.Encode(_raw, row);
        }

        _rows++;
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

    public void Dispose() => _features.Dispose();

    private ReadOnlySpan<float> Scores(int row)
    {
        if (!_isScored)
        {
            network.Score(device, _features, _rows, _scores);
            _isScored = true;
        }

        return _scores.AsSpan(row * classes, classes);
    }
}
