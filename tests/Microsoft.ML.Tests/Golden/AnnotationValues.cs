using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden;

/// <summary>Annotations whose type is known only at run time.</summary>
internal static class AnnotationValues
{
    private static readonly MethodInfo _read =
        typeof(AnnotationValues).GetMethod(nameof(TypedRead), BindingFlags.Static | BindingFlags.NonPublic)!;

    private static readonly MethodInfo _add =
        typeof(AnnotationValues).GetMethod(nameof(TypedAdd), BindingFlags.Static | BindingFlags.NonPublic)!;

    public static object Read(DataViewSchema.Annotations annotations, string kind) =>
        _read.MakeGenericMethod(annotations.Schema[kind].Type.RawType)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [annotations, kind], null)!;

    public static void Add(DataViewSchema.Annotations.Builder builder, string kind, DataViewType type, object value) =>
        _add.MakeGenericMethod(value.GetType())
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [builder, kind, type, value], null);

    private static object TypedRead<T>(DataViewSchema.Annotations annotations, string kind)
    {
        T value = default!;
        annotations.GetValue(kind, ref value);
        return value!;
    }

    private static void TypedAdd<T>(DataViewSchema.Annotations.Builder builder, string kind, DataViewType type, T value) =>
        builder.Add(kind, type, (ref T destination) => destination = value);
}
