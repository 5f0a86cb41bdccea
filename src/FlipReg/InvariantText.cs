using System.Globalization;

namespace FlipReg;

/// <summary>Numbers as text in messages: the same in every culture, like the code that a reader compares them with.</summary>
internal static class InvariantText
{
    /// <summary>The values, with commas between them.</summary>
    public static string List<T>(IEnumerable<T> values)
        where T : IFormattable => string.Join(", ", values.Select(value => value.ToString(null, CultureInfo.InvariantCulture)));
}
