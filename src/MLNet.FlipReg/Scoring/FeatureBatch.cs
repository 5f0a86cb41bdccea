using FlipReg.Data;
using FlipReg.Encoders;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Scoring;

/// <summary>Features of some rows as the network sees them, for something that is computed from them for all rows at once.</summary>
internal abstract class FeatureBatch(InputEncoder encoder, int capacity) : IDisposable
{
    private readonly float[] _raw = encoder.IsIdentity ? [] : new float[encoder.RawWidth];

    /// <summary>Rows that fit.</summary>
    public int Capacity => capacity;

    /// <summary>The encoded rows.</summary>
    protected RowMemory Features { get; } = new(capacity, encoder.Width);

    /// <summary>Rows that are there.</summary>
    protected int Rows { get; private set; }

    /// <summary>Forgets all rows, and what was computed from them.</summary>
    public virtual void Clear() => Rows = 0;

    /// <summary>Adds a row.</summary>
    public void Add(in VBuffer<float> features, string columnName)
    {
        if (features.Length != encoder.RawWidth)
            throw new InvalidOperationException(FormattableString.Invariant($"Column '{columnName}' must hold {encoder.RawWidth} values in every row. Got {features.Length}. Apply the transforms of training."));
        var row = Features.Row(Rows);
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

        Rows++;
    }

    public void Dispose() => Features.Dispose();
}
