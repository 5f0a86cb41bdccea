using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML;

/// <summary>Exceptions as the real library throws them: same types, same texts.</summary>
internal static class Contracts
{
    public static InvalidOperationException Except(string message = null) => message is null ? new() : new(message);
    public static InvalidOperationException Except(Exception inner, string message) => new(message, inner);

    public static ArgumentOutOfRangeException ExceptParam(string paramName, string message = null)
        => message is null ? new(paramName) : new(paramName, message);

    public static FormatException ExceptDecode(string message = null) => message is null ? new() : new(message);
    public static FormatException ExceptDecode(Exception inner, string message) => new(message, inner);
    public static NotSupportedException ExceptNotSupp(string message) => new(message);

    public static ArgumentOutOfRangeException ExceptSchemaMismatch(string paramName, string columnRole, string columnName)
        => ExceptParam(paramName, $"Could not find {columnRole} column '{columnName}'");

    public static ArgumentOutOfRangeException ExceptSchemaMismatch(string paramName, string columnRole, string columnName,
        string expectedType, string actualType)
        => ExceptParam(paramName, $"Schema mismatch for {columnRole} column '{columnName}': expected {expectedType}, got {actualType}");

    public static void Check([DoesNotReturnIf(false)] bool condition, string message = null)
    {
        if (!condition)
            throw Except(message);
    }

    public static void CheckParam([DoesNotReturnIf(false)] bool condition, string paramName, string message = null)
    {
        if (!condition)
            throw ExceptParam(paramName, message);
    }

    public static void CheckValue<T>([NotNull] T value, string paramName)
        where T : class
    {
        if (value is null)
            throw new ArgumentNullException(paramName);
    }

    public static void CheckNonEmpty([NotNull] string value, string paramName)
    {
        if (string.IsNullOrEmpty(value))
            throw ExceptParam(paramName, $"{paramName} cannot be null or empty");
    }

    public static void CheckNonEmpty<T>([NotNull] IReadOnlyCollection<T> value, string paramName)
    {
        if (value is null || value.Count == 0)
            throw ExceptParam(paramName, $"{paramName} cannot be null or empty");
    }

    public static void CheckNonWhiteSpace([NotNull] string value, string paramName)
    {
        if (string.IsNullOrWhiteSpace(value))
            throw ExceptParam(paramName, $"{paramName} cannot be null or white space");
    }

    public static void CheckDecode([DoesNotReturnIf(false)] bool condition, string message = null)
    {
        if (!condition)
            throw ExceptDecode(message);
    }
}
