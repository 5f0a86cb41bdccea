using System.Text.Json.Serialization;

namespace FlipReg;

/// <summary>In which order a row holds the values of its image.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImageLayout>))]
public enum ImageLayout
{
    /// <summary>(C, H, W): channel by channel, as PyTorch has them and ML.NET's ExtractPixels gives them.</summary>
    ChannelsFirst,

    /// <summary>(H, W, C): pixel by pixel, as ExtractPixels gives them with interleavePixelColors.</summary>
    ChannelsLast,
}
