using System.Reflection;
using System.Runtime.CompilerServices;
using Il;

namespace Cultures;

/// <summary>
/// Finds the calls in an assembly's code that turn numbers into text in the current culture: interpolated strings with numbers that name no
/// culture, string.Join and string.Format of numbers, ToString() of numbers.
/// </summary>
internal static class CultureGuard
{
    /// <summary>One line for each method that has such calls.</summary>
    public static IEnumerable<string> Findings(Assembly assembly) =>
        IlReader.Methods(assembly)
            // What the compiler writes for a record's ToString.
            .Where(method => method.Name != "PrintMembers")
            .Select(method => (Name: $"{method.DeclaringType!.FullName}.{method.Name}", Found: Findings(method).Distinct().ToList()))
            .Where(method => method.Found.Count > 0)
            .Select(method => $"{method.Name}: {string.Join(", ", method.Found)}");

    private static IEnumerable<string> Findings(MethodBase method)
    {
        var calls = IlReader.Calls(method).ToList();
        // The constructor that takes no IFormatProvider.
        var plain = calls.Any(c => c.Called is ConstructorInfo { DeclaringType: var owner } made && owner == typeof(DefaultInterpolatedStringHandler) && made.GetParameters().Length == 2);
        foreach (var (called, constrained) in calls)
        {
            var owner = called.DeclaringType!;
            var parameters = called.GetParameters().Select(p => p.ParameterType).ToArray();
            var generic = called.IsGenericMethod ? called.GetGenericArguments() : [];
            if (plain && owner == typeof(DefaultInterpolatedStringHandler) && called.Name == "AppendFormatted" && (generic.Any(Follows) || parameters[0] == typeof(object)))
                yield return $"an interpolated {generic.FirstOrDefault()?.Name}";
            else if (owner == typeof(string) && called.Name is "Join" or "Concat" && generic.Any(Follows))
                yield return $"string.{called.Name} of {generic[0].Name}";
            else if (owner == typeof(string) && called.Name == "Format" && parameters[0] != typeof(IFormatProvider))
                yield return "string.Format";
            else if (called.Name == "ToString" && Follows(constrained ?? owner) && !parameters.Contains(typeof(IFormatProvider)))
                yield return $"{(constrained ?? owner).Name}.ToString";
        }
    }

    /// <summary>Whether the text of a type's values depends on the culture.</summary>
    private static bool Follows(Type type)
    {
        var value = Nullable.GetUnderlyingType(type) ?? type;
        return !value.IsEnum && value != typeof(char) && value != typeof(bool) && value != typeof(Guid) && value.IsValueType && typeof(IFormattable).IsAssignableFrom(value);
    }
}
