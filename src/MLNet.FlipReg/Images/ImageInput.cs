using FlipReg;

namespace MLNet.FlipReg.Images;

/// <summary>How a model reads images.</summary>
/// <param name="Options">The options that scoring needs.</param>
/// <param name="Kind">How the feature column held them in training; in scoring any of the ways will do.</param>
internal sealed record ImageInput(ImageOptions Options, ImageColumnKind Kind);
