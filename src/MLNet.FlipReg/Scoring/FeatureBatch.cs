using FlipReg.Data;
using FlipReg.Data.Sparse;
using FlipReg.Encoders;
using Microsoft.ML.Data;
using MLNet.FlipReg.Training;

namespace MLNet.FlipReg.Scoring;

/// <summary>
/// Features of some rows as the network sees them, for something that is computed from them for all rows at once. Rows with few values that are not 0 may be
/// held sparse: which ones follows from each row alone, so that what is computed of it does not depend on the batch.
/// </summary>
/// <param name="encoder">Maps rows to the network's.</param>
/// <param name="capacity">Rows that fit, if they are not too large.</param>
/// <param name="takesSparse">Whether rows may be held sparse.</param>
internal abstract class FeatureBatch(InputEncoder encoder, int capacity, bool takesSparse = false) : IDisposable
{
    /// <summary>Values of a batch at most (4 MiB of Single), so that wide rows, such as images, do not pile up.</summary>
    public const int MaximumValues = 1 << 20;

    /// <summary>Of each row the number among the dense ones, or, below 0, the complement of that among the sparse ones.</summary>
    private readonly int[] _places = new int[capacity];
    private RowMemory? _features;
    private int _count;

    private readonly float[] _raw = encoder.IsIdentity ? [] : new float[encoder.RawWidth];

    /// <summary>Rows that fit.</summary>
    public int Capacity => capacity;

    /// <summary>Whether rows may be held sparse.</summary>
    public bool TakesSparse => takesSparse;

    /// <summary>Whether no other row may be added.</summary>
    public bool IsFull => _count == capacity || Rows == DenseCapacity || Sparse?.NonZeros >= MaximumValues;

    /// <summary>Rows that fit and are not held sparse.</summary>
    protected int DenseCapacity { get; } = takesSparse ? Math.Clamp(MaximumValues / encoder.Width, 1, capacity) : capacity;

    /// <summary>The encoded rows, but for the sparse ones.</summary>
    protected RowMemory Features => _features ??= new RowMemory(DenseCapacity, encoder.Width);

    /// <summary>Rows that are there and not held sparse.</summary>
    protected int Rows { get; private set; }

    /// <summary>The rows that are held sparse; null where none may be.</summary>
    protected SparseRows? Sparse { get; } = takesSparse ? new SparseRows(encoder.Width) : null;

    /// <summary>Forgets all rows, and what was computed from them.</summary>
    public virtual void Clear()
    {
        (_count, Rows) = (0, 0);
        Sparse?.Clear();
    }

    /// <summary>Adds a row whose features are set later, by <see cref="Row"/>. Returns its number among the rows that are not sparse.</summary>
    public int Reserve()
    {
        _places[_count++] = Rows;
        return Rows++;
    }

    /// <summary>The encoded features of a row that is not sparse, to be written.</summary>
    public Span<float> Row(int row) => Features.Row(row);

    /// <summary>Adds a row.</summary>
    public void Add(in VBuffer<float> features, string columnName)
    {
        if (features.Length != encoder.RawWidth)
            throw new InvalidOperationException(FormattableString.Invariant($"Column '{columnName}' must hold {encoder.RawWidth} values in every row. Got {features.Length}. Apply the transforms of training."));
        if (Sparse is not null && VectorRows.IsSparse(features))
        {
            _places[_count++] = ~(int)Sparse.Rows;
            Sparse.Add(features);
            return;
        }

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

        _places[_count++] = Rows++;
    }

    public void Dispose()
    {
        _features?.Dispose();
        Sparse?.Dispose();
    }

    /// <summary>A row's number among the dense ones, or, below 0, the complement of that among the sparse ones.</summary>
    protected int Place(int row) => _places[row];
}
