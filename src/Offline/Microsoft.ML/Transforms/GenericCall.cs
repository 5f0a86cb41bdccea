namespace Microsoft.ML.Transforms;

/// <summary>Calls a generic method, named by any instantiation of it, with type arguments known only at run time.</summary>
internal static class GenericCall
{
    public static TResult Invoke<TResult>(Delegate sample, Type type, params object[] arguments)
        => TypedDispatch.Invoke<TResult>(sample.Method.GetGenericMethodDefinition(), sample.Target, type, arguments);

    public static TResult Invoke<TResult>(Delegate sample, Type first, Type second, params object[] arguments)
        => TypedDispatch.Invoke<TResult>(sample.Method.GetGenericMethodDefinition(), sample.Target, first, second, arguments);
}
