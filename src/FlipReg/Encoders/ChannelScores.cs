namespace FlipReg.Encoders;

/// <summary>
/// The encoding of images: every pixel as the standard score of its channel, (x − mean) / standard deviation over all pixels of all rows. All slots stay, those of pixels
/// that never change too: the network needs the image whole.
/// </summary>
internal static class ChannelScores
{
    /// <param name="moments">What each slot's values are like.</param>
    /// <param name="channel">The channel of each slot.</param>
    public static EncodedSlot[] Of(SlotMoments[] moments, Func<int, int> channel)
    {
        var scores = moments.Select((of, slot) => (of, Channel: channel(slot))).Where(p => p.of.Present > 0).GroupBy(p => p.Channel, p => p.of)
            .ToDictionary(group => group.Key, group => Score([.. group]));
        return [.. moments.Select((of, slot) => scores.TryGetValue(channel(slot), out var score) ? score with { Center = (float)((of.Present > 0 ? of.Mean - score.Shift : 0) * score.Scale) } : EncodedSlot.Identity)];
    }

    private static EncodedSlot Score(IReadOnlyList<SlotMoments> slots)
    {
        var mean = slots.Average(of => of.Mean);
        var deviation = Math.Sqrt(slots.Average(of => (of.Deviation * of.Deviation) + ((of.Mean - mean) * (of.Mean - mean))));
        return EncodedSlot.Identity with { Shift = (float)mean, Scale = deviation > 0 ? EncoderFit.Reciprocal(deviation) : 1 };
    }
}
