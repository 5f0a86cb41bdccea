using System.Reflection;

namespace Microsoft.ML.Tests.Golden.Steps;

/// <summary>Calls methods that the stand-in does not have, so that the tests compile without them.</summary>
internal static class Reflected
{
    public static T Extension<T>(Type catalogExtensions, string name, params object?[] arguments) =>
        Call<T>(catalogExtensions, null, name, arguments);

    public static T Method<T>(object target, string name, params object?[] arguments) =>
        Call<T>(target.GetType(), target, name, arguments);

    public static void Set(object target, string field, object value)
    {
        FieldInfo found = target.GetType().GetField(field) ?? throw new NotInSubsetException($"{target.GetType().Name}.{field}");
        found.SetValue(target, value);
    }

    private static T Call<T>(Type type, object? target, string name, object?[] arguments)
    {
        MethodInfo method = type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public)
            .SingleOrDefault(method => method.Name == name && Accepts(method.GetParameters(), arguments))
            ?? throw new NotInSubsetException($"{type.Name}.{name}");
        return (T)method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
    }

    private static bool Accepts(ParameterInfo[] parameters, object?[] arguments) =>
        parameters.Length == arguments.Length
        && parameters.Zip(arguments).All(pair => pair.Second is null
            ? !pair.First.ParameterType.IsValueType
            : pair.First.ParameterType.IsInstanceOfType(pair.Second));
}
