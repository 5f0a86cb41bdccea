using System.Text.Json;
using System.Text.Json.Serialization;
using static System.FormattableString;

namespace FlipReg;

/// <summary>An image's shape as JSON: the list of channels, height and width.</summary>
internal sealed class ImageShapeJson : JsonConverter<ImageShape>
{
    public override ImageShape Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var sizes = JsonSerializer.Deserialize<int[]>(ref reader, options);
        if (sizes?.Length != 3)
            throw new JsonException(Invariant($"An image's shape must be a list of channels, height and width. Got {sizes?.Length ?? 0} numbers."));
        try
        {
            return new ImageShape(sizes[0], sizes[1], sizes[2]);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, ImageShape value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Channels);
        writer.WriteNumberValue(value.Height);
        writer.WriteNumberValue(value.Width);
        writer.WriteEndArray();
    }
}
