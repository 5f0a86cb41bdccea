using System.Reflection;

namespace Microsoft.ML.Tests.Golden.Steps;

/// <summary>Calls methods that the stand-in does not have, so that the tests compile without them.</summary>
internal static class Reflected
{
    public static T Extension<T>(Type catalogExtensions, string name, params object?[] arguments)
    {
        MethodInfo method = catalogExtensions.GetMethods(BindingFlags.Static | BindingFlags.Public)
            .SingleOrDefault(method => method.Name == name && Accepts(method.GetParameters(), arguments))
            ?? throw new NotInSubsetException($"{catalogExtensions.Name}.{name}");
        return (T)method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
    }

    private static bool Accepts(ParameterInfo[] parameters, object?[] arguments) =>
        parameters.Length == arguments.Length
        && parameters.Zip(arguments).All(pair => pair.Second is null
            ? !pair.First.ParameterType.IsValueType
            : pair.First.ParameterType.IsInstanceOfType(pair.Second));
}
