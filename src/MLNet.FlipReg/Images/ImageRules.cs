using FlipReg;

namespace MLNet.FlipReg.Images;

/// <summary>What the decoder makes of an image.</summary>
/// <param name="Shape">Channels (1: grey, 3: red, green, blue), rows and columns of the result.</param>
/// <param name="Resize">How it comes to that size.</param>
/// <param name="Background">What transparent parts lie over, and what surrounds an image that is fitted in.</param>
/// <param name="MaximumPixels">Pixels that an image may have at most by its header, before it is scaled.</param>
internal sealed record ImageRules(ImageShape Shape, ImageResize Resize, PixelColor Background, long MaximumPixels);
