namespace FlipReg;

/// <summary>How features are encoded for the network; fitted on the training rows, and part of the model.</summary>
public enum InputEncoding
{
    /// <summary>
    /// Every slot as it suits a network, so that no normalizer is needed before the trainer. A slot with more than two values becomes two copies: its
    /// standard score z, drawn in at the ends as z / √(1 + (z/3)²), and its rank among up to 1,000 quantiles as a standard normal value (of probability
    /// 0.001 to 0.999). A slot of two values becomes 0 and 1; a constant one is left out. Rows of many columns are scaled down. Where 32 or more slots
    /// share one range, as pixels do, each becomes its place in that range, from 0 to 1, instead.
    /// </summary>
    Auto,

    /// <summary>Every slot as its standard score, (x − mean) / standard deviation; a constant one is left out.</summary>
    Standard,

    /// <summary>Every slot as it is: for features that transforms before the trainer have scaled already, and for pixels.</summary>
    None,
}

/// <summary>What a missing feature (NaN) is.</summary>
public enum MissingValues
{
    /// <summary>In training an error that names the row; in scoring it gives scores that are not numbers.</summary>
    Error,

    /// <summary>
    /// The slot's mean, beside a further input that tells so: 1 where the value is missing, else 0. A slot without missing values in training has no such
    /// input, as nothing could be learned about it.
    /// </summary>
    Encode,
}
