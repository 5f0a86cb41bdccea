using FlipReg;

namespace MLNet.FlipReg.Images;

/// <summary>An image that cannot be read. Its message names the image, the rule and the remedy, and stays short whatever the file holds.</summary>
internal sealed class UnreadableImageException(FormattableString message, Exception? inner = null) : Exception(InvariantText.OfFile(message), inner)
{
}
