using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Microsoft.ML.Data;

/// <summary>Getters of a row whose value type is known only at run time.</summary>
internal static class RowHelpers
{
    /// <summary>The row's getter for a column, as a ValueGetter of the column's raw type.</summary>
    public static Delegate GetGetter(this DataViewRow row, DataViewSchema.Column column)
        => GenericCall.Invoke<Delegate>(GetGetterCore<int>, column.Type.RawType, row, column);

    /// <summary>The getter as ValueGetter{T}; the real library's exception if T is not the column's type.</summary>
    public static ValueGetter<T> Cast<T>(Delegate getter, DataViewSchema.Column column)
        => getter as ValueGetter<T> ?? throw WrongType<T>(column);

    public static InvalidOperationException WrongType<T>(DataViewSchema.Column column)
        => Contracts.Except($"Invalid TValue in GetGetter for column #{column}: '{typeof(T)}', expected type: '{column.Type.RawType}'.");

    /// <summary>Which columns of the schema the caller asked for.</summary>
    public static bool[] ActiveMask(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columns)
    {
        Contracts.CheckValue(columns, "columnsNeeded");
        var active = new bool[schema.Count];
        foreach (var column in columns)
        {
            if ((uint)column.Index < (uint)active.Length)
                active[column.Index] = true;
        }
        return active;
    }

    public static bool IsActive(bool[] active, DataViewSchema.Column column)
    {
        Contracts.Check(column.Index < active.Length);
        return active[column.Index];
    }

    /// <summary>A column of the schema; "Could not find {role} column" if it is not there.</summary>
    public static DataViewSchema.Column Find(this DataViewSchema schema, string name, string role = "input", string paramName = "inputSchema")
        => schema.GetColumnOrNull(name) ?? throw Contracts.ExceptSchemaMismatch(paramName, role, name);

    private static Delegate GetGetterCore<T>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<T>(column);
}

/// <summary>Calls a generic method, named by any instantiation of it, with type arguments known only at run time.</summary>
internal static class GenericCall
{
    private static readonly ConcurrentDictionary<(MethodInfo, Type, Type), MethodInfo> s_closed = new();

    public static TResult Invoke<TResult>(Delegate sample, Type type, params object[] arguments)
        => (TResult)Invoke(sample, static k => k.Item1.MakeGenericMethod(k.Item2), type, null, arguments);

    public static TResult Invoke<TResult>(Delegate sample, Type first, Type second, params object[] arguments)
        => (TResult)Invoke(sample, static k => k.Item1.MakeGenericMethod(k.Item2, k.Item3), first, second, arguments);

    private static object Invoke(Delegate sample, Func<(MethodInfo, Type, Type), MethodInfo> close, Type first, Type second, object[] arguments)
        => s_closed.GetOrAdd((sample.Method.GetGenericMethodDefinition(), first, second), close)
            .Invoke(sample.Target, BindingFlags.DoNotWrapExceptions, null, arguments, null);
}

/// <summary>Column types by .NET type.</summary>
internal static class DataViewTypes
{
    /// <summary>The primitive types but keys; those with a <see cref="DataKind"/> first, in its order.</summary>
    public static ImmutableArray<PrimitiveDataViewType> Primitive { get; } =
    [
        NumberDataViewType.SByte, NumberDataViewType.Byte, NumberDataViewType.Int16, NumberDataViewType.UInt16,
        NumberDataViewType.Int32, NumberDataViewType.UInt32, NumberDataViewType.Int64, NumberDataViewType.UInt64,
        NumberDataViewType.Single, NumberDataViewType.Double, TextDataViewType.Instance, BooleanDataViewType.Instance,
        TimeSpanDataViewType.Instance, DateTimeDataViewType.Instance, DateTimeOffsetDataViewType.Instance, RowIdDataViewType.Instance,
    ];

    private static readonly Dictionary<Type, PrimitiveDataViewType> s_byRawType = Primitive.ToDictionary(t => t.RawType);

    /// <summary>The (non-key) primitive type of a raw type; text for string; null if there is none.</summary>
    public static PrimitiveDataViewType FromRawType(Type rawType)
        => s_byRawType.GetValueOrDefault(rawType == typeof(string) ? typeof(ReadOnlyMemory<char>) : rawType);

    /// <summary>The column type of a kind; null if the kind is not defined.</summary>
    public static PrimitiveDataViewType ToType(this DataKind kind) => Enum.IsDefined(kind) ? Primitive[(int)kind - 1] : null;

    /// <summary>The item type of a vector; a scalar type itself.</summary>
    public static DataViewType ItemTypeOf(this DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;
    public static int ValueCount(this DataViewType type) => type is VectorDataViewType vector ? vector.Size : 1;
    public static ulong KeyCount(this DataViewType type) => type is KeyDataViewType key ? key.Count : 0;

    /// <summary>The same shape with another item type.</summary>
    public static DataViewType WithItemType(this DataViewType type, PrimitiveDataViewType itemType)
        => type is VectorDataViewType vector ? new VectorDataViewType(itemType, vector.Dimensions) : itemType;
}
