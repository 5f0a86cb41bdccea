using System.Globalization;
using System.Reflection;

namespace ApiGuard;

/// <summary>Types and default values in the notation of the API lists.</summary>
internal static class TypeText
{
    private static readonly Dictionary<Type, string> _keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(sbyte)] = "sbyte",
        [typeof(byte)] = "byte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
    };

    public static string Of(Type type)
    {
        if (type.IsByRef)
            return Of(type.GetElementType()!);
        if (type.IsArray)
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsGenericParameter)
            return type.Name;
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Of(inner) + "?";
        return _keywords.GetValueOrDefault(type) ?? FullName(type);
    }

    /// <summary>A default value; enums are numbers, and so is a default struct null.</summary>
    public static string OfDefault(ParameterInfo parameter) => parameter.RawDefaultValue switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        object other => other.ToString()!,
    };

    /// <summary>A nested type carries the type arguments of those it stands in; the lists show them all at the end.</summary>
    private static string FullName(Type type)
    {
        Type[] arguments = type.GetGenericArguments();
        return arguments.Length == 0 ? PlainName(type) : $"{PlainName(type)}<{string.Join(", ", arguments.Select(Of))}>";
    }

    private static string PlainName(Type type) =>
        (type.DeclaringType is { } outer ? PlainName(outer) : type.Namespace) + "." + type.Name.Split('`')[0];
}
