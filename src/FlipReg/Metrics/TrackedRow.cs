namespace FlipReg;

/// <summary>What a training saw of one of its rows, over the epochs' own forward passes. δ is the label's probability less the largest other one, from −1 to 1.</summary>
public readonly record struct TrackedRow
{
    /// <summary>Epochs that the row was trained in; 0 for a row that was set aside for validation, whose other values mean nothing.</summary>
    public int Epochs { get; init; }

    /// <summary>Mean of δ over the epochs: low where the network keeps contradicting the label.</summary>
    public float MeanMargin { get; init; }

    /// <summary>Standard deviation of δ over the epochs.</summary>
    public float MarginDeviation { get; init; }

    /// <summary>Whether the row was ever classified as labelled.</summary>
    public bool EverRight { get; init; }

    /// <summary>How often it went from right to wrong between two epochs (Toneva et al., ICLR 2019).</summary>
    public int ForgettingEvents { get; init; }

    /// <summary>The class, from 0, that the network held against the label.</summary>
    public int Rival { get; init; }

    /// <summary>δ of the behaviour that the method remembers of the row at the end (FER's bank), as a share of its mass; null where it remembers none.</summary>
    public float? BankMargin { get; init; }

    /// <summary>The class, from 0, that this behaviour holds against the label; null where there is none.</summary>
    public int? BankRival { get; init; }
}
