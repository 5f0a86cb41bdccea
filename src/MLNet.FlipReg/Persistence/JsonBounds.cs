using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using FlipReg;

namespace MLNet.FlipReg.Persistence;

/// <summary>Bounds of a JSON text from outside, checked in one pass that allocates nothing, before anything is built from it.</summary>
internal static class JsonBounds
{
    /// <summary>Levels of nesting at most.</summary>
    public const int MaximumDepth = 32;

    /// <summary>Values and names in all at most: a million class names and 100,000 epochs of history make half of it. A parsed one takes 12 bytes and more.</summary>
    private const int MaximumTokens = 6_000_000;

    /// <summary>Entries of one array at most: as many as there may be classes.</summary>
    private const int MaximumEntries = 1 << 20;

    /// <summary>Bytes of a member's name at most.</summary>
    private const int MaximumName = 200;

    /// <summary>Checks a text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What it is, for messages.</param>
    /// <exception cref="FormatException">A bound is exceeded, or the text is not UTF-8.</exception>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static void Check(ReadOnlySpan<byte> json, string name)
    {
        if (!Utf8.IsValid(json))
            throw Bad(name, $"must be UTF-8. Got bytes that are not, from byte {ValidLength(json)} on");
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaximumDepth });
        Span<int> entries = stackalloc int[MaximumDepth + 1];
        Span<bool> isArray = stackalloc bool[MaximumDepth + 1];
        for (var tokens = 1; reader.Read(); tokens++)
        {
            if (tokens > MaximumTokens)
                throw Bad(name, $"must hold at most {MaximumTokens} values and names. Got more");
            var depth = reader.CurrentDepth;
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueSpan.Length > MaximumName)
                throw Bad(name, $"must have member names of at most {MaximumName} bytes. Got {reader.ValueSpan.Length}");
            if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject or JsonTokenType.PropertyName)
                continue;
            if (depth > 0 && isArray[depth] && ++entries[depth] > MaximumEntries)
                throw Bad(name, $"must have arrays of at most {MaximumEntries} entries. Got more");
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject && depth < MaximumDepth)
                (entries[depth + 1], isArray[depth + 1]) = (0, reader.TokenType == JsonTokenType.StartArray);
        }
    }

    private static int ValidLength(ReadOnlySpan<byte> text)
    {
        Span<char> piece = stackalloc char[256];
        var valid = 0;
        while (Utf8.ToUtf16(text[valid..], piece, out var read, out _, replaceInvalidSequences: false) == OperationStatus.DestinationTooSmall)
            valid += read;
        Utf8.ToUtf16(text[valid..], piece, out var last, out _, replaceInvalidSequences: false);
        return valid + last;
    }

    private static FormatException Bad(string name, FormattableString rule) => new($"{name} {InvariantText.OfFile(rule)}. The file is altered, or not a model of this library.");
}
