using static System.FormattableString;

namespace FlipReg.Encoders;

/// <summary>
/// Maps raw rows, as the user gives them, to the rows that the network sees. It computes on the host, row by row: a row's encoding does not depend on
/// the rows beside it, and rows come to the host one by one anyway. Safe to use from several threads.
/// </summary>
/// <remarks>
/// The columns of an encoded row stand by kind: the standard scores of all numeric slots, their ranks, the linear slots and those of two values, and the
/// indicators of missing values, each in the order of the slots. If that is no column at all, there is one that is 0. Categories, as they are, come last.
/// </remarks>
internal sealed class InputEncoder
{
    /// <summary>Standard scores are drawn in towards ±this: 3·z/√(9 + z²) never reaches it.</summary>
    internal const float Bound = 3;

    /// <summary>Standard scores beyond are taken for this: their squares stay finite, and drawn in they are the same.</summary>
    internal const float LargestScore = 1e4f;

    private readonly EncodedSlot[] _slots;
    private readonly int[] _numeric;
    private readonly int[] _linear;
    private readonly int[] _indicators;
    private readonly int[] _categories;
    private readonly RankCurve[] _ranks;

    /// <param name="slots">The slots of a raw row; at least one.</param>
    /// <param name="missing">What a missing value is.</param>
    /// <param name="rowScale">Multiplies every column but those of categories; above 0.</param>
    public InputEncoder(IReadOnlyList<EncodedSlot> slots, MissingValues missing, float rowScale = 1)
    {
        _slots = [.. slots];
        (Missing, RowScale) = (missing, rowScale);
        _numeric = Where(slot => slot.Kind == SlotKind.Numeric);
        _linear = Where(slot => slot.Kind is SlotKind.Linear or SlotKind.TwoValues);
        _indicators = Where(slot => slot.HasIndicator);
        _categories = Where(slot => slot.Kind == SlotKind.Category);
        _ranks = Array.ConvertAll(_numeric, i => new RankCurve(_slots[i].Knots, _slots[i].Normals));
        IsIdentity = missing == MissingValues.Error && rowScale == 1 && _slots.All(slot => slot is { Kind: SlotKind.Linear or SlotKind.Category, Shift: 0, Scale: 1, HasIndicator: false });
        Width = WidthOf(_slots);
    }

    /// <summary>The slots of a raw row.</summary>
    public IReadOnlyList<EncodedSlot> Slots => _slots;

    /// <summary>What a missing value is.</summary>
    public MissingValues Missing { get; }

    /// <summary>Every column but those of categories is multiplied by it.</summary>
    public float RowScale { get; }

    /// <summary>Values of a raw row.</summary>
    public int RawWidth => _slots.Length;

    /// <summary>Values of an encoded row.</summary>
    public int Width { get; }

    /// <summary>Whether rows stay as they are, whatever they hold.</summary>
    public bool IsIdentity { get; }

    /// <summary>Slots of the columns with standard scores, and again of those with ranks.</summary>
    internal IReadOnlyList<int> NumericSlots => _numeric;

    /// <summary>Slots of the columns after these.</summary>
    internal IReadOnlyList<int> LinearSlots => _linear;

    /// <summary>Slots of the last columns, the indicators of missing values.</summary>
    internal IReadOnlyList<int> IndicatorSlots => _indicators;

    /// <summary>Slots of categories, whose columns come behind all others.</summary>
    internal IReadOnlyList<int> CategorySlots => _categories;

    /// <summary>The rank curves of the numeric slots.</summary>
    internal IReadOnlyList<RankCurve> Ranks => _ranks;

    /// <summary>The encoder that leaves rows as they are.</summary>
    /// <param name="width">Values of a row.</param>
    /// <param name="categories">How many of them, the last ones, are categories.</param>
    public static InputEncoder Identity(int width, int categories = 0) =>
        new([.. Enumerable.Repeat(EncodedSlot.Identity, width - categories), .. Enumerable.Repeat(EncodedSlot.Category, categories)], MissingValues.Error);

    /// <summary>Columns of a row that is encoded slot by slot.</summary>
    public static int WidthOf(IReadOnlyCollection<EncodedSlot> slots)
    {
        var categories = slots.Count(slot => slot.Kind == SlotKind.Category);
        return Math.Max(slots.Count == categories ? 0 : 1, slots.Sum(slot => slot.Columns) - categories) + categories;
    }

    /// <summary>The raw slot that each column of an encoded row comes from; −1 for a column that comes from none.</summary>
    public int[] SlotsOfColumns()
    {
        int[] columns = [.. _numeric, .. _numeric, .. _linear, .. _indicators];
        if (columns.Length < Width - _categories.Length)
            columns = [-1];
        return [.. columns, .. _categories];
    }

    /// <summary>The encoded row at the centre of the training rows: 0 in the columns of numeric slots, else the mean of the column; 0 for indicators and categories.</summary>
    public float[] CenterRow()
    {
        var row = new float[Width];
        for (var i = 0; i < _linear.Length; i++)
            row[(2 * _numeric.Length) + i] = _slots[_linear[i]].Center * RowScale;
        return row;
    }

    /// <summary>
    /// Encodes a row. A row with an infinite value, or with a missing one that is not to be encoded, becomes NaN in all columns: its scores are not numbers.
    /// </summary>
    /// <param name="raw">The raw row.</param>
    /// <param name="row">Receives the encoded row.</param>
    public void Encode(ReadOnlySpan<float> raw, Span<float> row)
    {
        if (IsIdentity)
        {
            raw.CopyTo(row);
            return;
        }

        if (!FiniteRows.IsFinite(raw) && !IsEncodable(raw))
        {
            row.Fill(float.NaN);
            return;
        }

        var first = Width - _categories.Length;
        for (var i = 0; i < _categories.Length; i++)
            row[first + i] = raw[_categories[i]];
        row = row[..first];
        if (_numeric.Length + _linear.Length + _indicators.Length == 0)
            row.Clear();
        EncodeNumeric(raw, row);
        var column = 2 * _numeric.Length;
        foreach (var i in _linear)
        {
            var slot = _slots[i];
            var value = (raw[i] - slot.Shift) * slot.Scale;
            row[column++] = float.IsNaN(value) ? slot.Center : slot.Kind == SlotKind.TwoValues ? Math.Clamp(value, 0, 1) : value;
        }

        foreach (var i in _indicators)
            row[column++] = float.IsNaN(raw[i]) ? 1 : 0;
        if (RowScale == 1)
            return;
        foreach (ref var value in row)
            value *= RowScale;
    }

    /// <summary>The slope of each column of the encoded row in the value of its slot; 0 at a missing value, beyond the ends of a curve, and for indicators.</summary>
    public void Slopes(ReadOnlySpan<float> raw, Span<float> slopes)
    {
        slopes.Clear();
        for (var i = 0; i < _numeric.Length; i++)
        {
            var slot = _slots[_numeric[i]];
            var value = raw[_numeric[i]];
            var score = (value - slot.Shift) * slot.Scale;
            if (!(Math.Abs(score) < LargestScore))
                continue;
            var share = score * (1 / Bound);
            slopes[i] = RowScale * slot.Scale / MathF.Pow(1 + (share * share), 1.5f);
            slopes[_numeric.Length + i] = RowScale * _ranks[i].SlopeAt(value);
        }

        var column = 2 * _numeric.Length;
        foreach (var i in _linear)
        {
            var slot = _slots[i];
            var value = (raw[i] - slot.Shift) * slot.Scale;
            // At either end of two values the way inside is open.
            if (slot.Kind == SlotKind.TwoValues ? value is >= 0 and <= 1 : !float.IsNaN(value))
                slopes[column] = RowScale * slot.Scale;
            column++;
        }
    }

    /// <summary>One line: what becomes of the slots.</summary>
    public string Describe()
    {
        if (IsIdentity)
            return Invariant($"Input {RawWidth}, as it is");
        var parts = new (int Count, string Text)[]
        {
            (_numeric.Length, "as score and rank"),
            (_slots.Count(s => s.Kind == SlotKind.Linear), _slots.All(s => s.Kind != SlotKind.Linear || (s.Shift, s.Scale) == (0, 1)) ? "as they are" : "as score"),
            (_slots.Count(s => s.Kind == SlotKind.TwoValues), "of two values"),
            (_slots.Count(s => s.Kind == SlotKind.Constant), "constant"),
            (_indicators.Length, "with missing values"),
            (_categories.Length, _categories.Length == 1 ? "category" : "categories"),
        };
        return Invariant($"Input {RawWidth} → {Width} ({string.Join(", ", parts.Where(p => p.Count > 0).Select(p => Invariant($"{p.Count} {p.Text}")))})");
    }

    private void EncodeNumeric(ReadOnlySpan<float> raw, Span<float> row)
    {
        for (var i = 0; i < _numeric.Length; i++)
        {
            var slot = _slots[_numeric[i]];
            var value = raw[_numeric[i]];
            if (float.IsNaN(value))
            {
                row[i] = row[_numeric.Length + i] = 0;
                continue;
            }

            var score = Math.Clamp((value - slot.Shift) * slot.Scale, -LargestScore, LargestScore);
            var share = score * (1 / Bound);
            row[i] = score / MathF.Sqrt(1 + (share * share));
            row[_numeric.Length + i] = _ranks[i].At(value);
        }
    }

    private bool IsEncodable(ReadOnlySpan<float> raw)
    {
        foreach (var value in raw)
        {
            if (float.IsInfinity(value) || (Missing == MissingValues.Error && float.IsNaN(value)))
                return false;
        }

        return true;
    }

    private int[] Where(Predicate<EncodedSlot> condition) => [.. Enumerable.Range(0, _slots.Length).Where(i => condition(_slots[i]))];
}
