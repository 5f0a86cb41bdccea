using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace FlipReg.Training;

/// <summary>One broken rule: which option, what must hold, what was given, what to do.</summary>
internal sealed record OptionError(string Name, string Rule, object? Value, string? Remedy = null)
{
    public override string ToString()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{Name} {Rule}. Got {Value ?? "null"}.");
        return Remedy is null ? text : $"{text} {Remedy}";
    }
}

/// <summary>Checks options against the ranges declared on their properties; runs in every build.</summary>
internal static class OptionRules
{
    /// <summary>Throws for the first broken rule.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static void Check(TrainingOptions options)
    {
        var error = ErrorsOf(options).Concat(options.CheckTogether()).FirstOrDefault();
        if (error is not null)
            throw new ArgumentOutOfRangeException(error.Name, error.ToString());
    }

    /// <summary>Broken rules of the single options of an object.</summary>
    public static IEnumerable<OptionError> ErrorsOf(object options)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var value = property.GetValue(options);
            if (property.GetCustomAttribute<RequiredAttribute>() is not null && (value is null || (value is string text && text.Length == 0)))
                yield return new OptionError(property.Name, "must be given", value is null ? null : "an empty text");
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type.IsEnum && value is not null && !Enum.IsDefined(type, value))
                yield return new OptionError(property.Name, $"must be one of {string.Join(", ", Enum.GetNames(type))}", value);
            if (property.GetCustomAttribute<RangeAttribute>() is { } range && value is not null && !Contains(range, value))
                yield return new OptionError(property.Name, Describe(range), value);
        }
    }

    private static bool Contains(RangeAttribute range, object value)
    {
        var number = Number(value);
        double low = Number(range.Minimum), high = Number(range.Maximum);
        // Written so that NaN is outside.
        return (range.MinimumIsExclusive ? number > low : number >= low) && (range.MaximumIsExclusive ? number < high : number <= high);
    }

    private static string Describe(RangeAttribute range) => string.Create(CultureInfo.InvariantCulture,
        $"must be {(range.MinimumIsExclusive ? "above" : "at least")} {range.Minimum} and {(range.MaximumIsExclusive ? "below" : "at most")} {range.Maximum}");

    private static double Number(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
