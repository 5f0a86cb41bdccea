namespace FlipReg.Encoders;

/// <summary>What a slot of a raw row becomes.</summary>
internal enum SlotKind
{
    /// <summary>Nothing: it had one value in training, or none.</summary>
    Constant,

    /// <summary>(x − shift)·scale.</summary>
    Linear,

    /// <summary>(x − shift)·scale, kept within 0 and 1: the lower of two values becomes 0, the higher 1.</summary>
    TwoValues,

    /// <summary>The standard score, drawn in, and the rank as a normal value.</summary>
    Numeric,

    /// <summary>A category's number, which stays as it is: a network's first layer looks its vector up.</summary>
    Category,
}

/// <summary>The encoding of one slot of a raw row.</summary>
/// <param name="Kind">What it becomes.</param>
/// <param name="HasIndicator">Whether a further column tells that the value is missing.</param>
/// <param name="Shift">Subtracted from the value: its mean, or the lower of two values.</param>
/// <param name="Scale">The difference is multiplied by it; above 0.</param>
/// <param name="Center">Mean of the encoded column in training, which a missing value gets; 0 for both columns of a numeric slot.</param>
/// <param name="Knots">Of a numeric slot: ascending values whose ranks are known, at least one.</param>
/// <param name="Normals">Of a numeric slot: the ranks of the knots as standard normal values, ascending.</param>
internal sealed record EncodedSlot(SlotKind Kind, bool HasIndicator, float Shift, float Scale, float Center, float[] Knots, float[] Normals)
{
    /// <summary>Columns that it becomes.</summary>
    public int Columns => (Kind switch { SlotKind.Constant => 0, SlotKind.Numeric => 2, _ => 1 }) + (HasIndicator ? 1 : 0);

    /// <summary>A slot that is left as it is.</summary>
    public static EncodedSlot Identity { get; } = new(SlotKind.Linear, false, 0, 1, 0, [], []);

    /// <summary>A slot that holds a category's number.</summary>
    public static EncodedSlot Category { get; } = Identity with { Kind = SlotKind.Category };

    /// <summary>A slot that tells nothing.</summary>
    public static EncodedSlot Constant { get; } = new(SlotKind.Constant, false, 0, 1, 0, [], []);
}
