using static TorchSharp.torch;

namespace FlipReg.Networks.Images;

/// <summary>Rows as images N×C×H×W that lie by channels innermost ("channels last"): oneDNN and cuDNN compute convolutions faster so.</summary>
internal static class ImageEntry
{
    /// <summary>Views rows as images; copies them where their channels lie one after another.</summary>
    /// <param name="rows">N × (C·H·W).</param>
    /// <param name="image">The images' shape.</param>
    /// <param name="layout">How a row holds its image.</param>
    public static Tensor Of(Tensor rows, ImageShape image, ImageLayout layout)
    {
        using var scope = NewDisposeScope();
        // A single channel lies both ways; only so do its strides say it.
        var last = layout == ImageLayout.ChannelsLast || image.Channels == 1
            ? rows.view(-1, image.Height, image.Width, image.Channels)
            : rows.view(-1, image.Channels, image.Height, image.Width).permute(0, 2, 3, 1).contiguous();
        return last.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }
}
