namespace FlipReg.Encoders;

/// <summary>An encoder as two tensors, beside the network's in a model file.</summary>
/// <param name="Slots">
/// <see cref="Fields"/> × slots: kind, whether there is an indicator (0 or 1), shift, scale, center and number of knots of every slot.
/// </param>
/// <param name="Knots">2 × knots: the knots of all numeric slots, one slot after another, and their normal values.</param>
internal sealed record EncoderTensors(float[] Slots, float[] Knots)
{
    public const string SlotsName = "input.slots";

    public const string KnotsName = "input.knots";

    /// <summary>Rows of <see cref="Slots"/>.</summary>
    public const int Fields = 6;

    public static EncoderTensors Of(InputEncoder encoder)
    {
        var count = encoder.RawWidth;
        var slots = new float[Fields * count];
        for (var i = 0; i < count; i++)
        {
            var slot = encoder.Slots[i];
            var values = new[] { (float)slot.Kind, slot.HasIndicator ? 1 : 0, slot.Shift, slot.Scale, slot.Center, slot.Knots.Length };
            for (var field = 0; field < Fields; field++)
                slots[(field * count) + i] = values[field];
        }

        return new EncoderTensors(slots, [.. encoder.Slots.SelectMany(slot => slot.Knots), .. encoder.Slots.SelectMany(slot => slot.Normals)]);
    }

    /// <summary>The encoder; its values are finite.</summary>
    /// <exception cref="FormatException">The tensors are not an encoder's.</exception>
    public InputEncoder ToEncoder(MissingValues missing, float rowScale)
    {
        var count = Slots.Length / Fields;
        var knots = Knots.Length / 2;
        var slots = new EncodedSlot[count];
        var first = 0;
        for (var i = 0; i < count; i++)
        {
            var (kind, indicator, scale, own) = (Field(0), Field(1), Field(3), Field(5));
            var least = kind == (float)SlotKind.Numeric ? 1 : 0;
            Require(kind is >= 0 and <= (float)SlotKind.Category && kind == (int)kind, "a kind", i, kind);
            Require(indicator is 0 or 1 && (indicator == 0 || missing == MissingValues.Encode), "an indicator", i, indicator);
            Require(scale > 0, "a scale", i, scale);
            Require(kind != (float)SlotKind.Category || (indicator, Field(2), scale, Field(4)) == (0, 0, 1, 0), "a category's scale", i, scale);
            Require(own >= least && own == (int)own && own <= (least == 0 ? 0 : knots - first), "a number of knots", i, own);
            var next = first + (int)own;
            for (var k = first + 1; k < next; k++)
                Require(Knots[k] > Knots[k - 1] && Knots[knots + k] >= Knots[knots + k - 1], "a knot", i, Knots[k]);
            slots[i] = new EncodedSlot((SlotKind)kind, indicator == 1, Field(2), scale, Field(4), Knots[first..next], Knots[(knots + first)..(knots + next)]);
            first = next;

            float Field(int field) => Slots[(field * count) + i];
        }

        if (first != knots)
            throw new FormatException(InvariantText.OfFile($"Weights.safetensors must hold in '{KnotsName}' the knots of its slots. Got {knots} for {first}. The file is altered."));
        return new InputEncoder(slots, missing, rowScale);
    }

    private static void Require(bool holds, string what, int slot, float value)
    {
        if (!holds)
            throw new FormatException(InvariantText.OfFile($"Weights.safetensors must hold in '{SlotsName}' and '{KnotsName}' how slots are encoded. Got {value} as {what} of slot {slot}. The file is altered."));
    }
}
