using System.Collections.Concurrent;

namespace Microsoft.ML.Data;

/// <summary>Getters of a row whose value type is known only at run time.</summary>
internal static class RowHelpers
{
    private static readonly MethodInfo s_getGetter = new Func<DataViewRow, DataViewSchema.Column, Delegate>(GetGetterCore<int>).Method.GetGenericMethodDefinition();

    /// <summary>The row's getter for a column, as a ValueGetter of the column's raw type.</summary>
    public static Delegate GetGetter(this DataViewRow row, DataViewSchema.Column column)
        => TypedDispatch.Invoke<Delegate>(s_getGetter, null, column.Type.RawType, row, column);

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

    /// <summary>A column of the schema; "Could not find {role} column" if it is not there.</summary>
    public static DataViewSchema.Column Find(this DataViewSchema schema, string name, string role = "input", string paramName = "inputSchema")
        => schema.GetColumnOrNull(name) ?? throw Contracts.ExceptSchemaMismatch(paramName, role, name);

    private static Delegate GetGetterCore<T>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<T>(column);
}

/// <summary>Calls of generic methods by run-time type. The closed methods are cached.</summary>
internal static class TypedDispatch
{
    private static readonly ConcurrentDictionary<(MethodInfo, Type, Type), MethodInfo> s_closed = new();

    /// <summary>Calls the generic method definition closed over one type.</summary>
    public static TResult Invoke<TResult>(MethodInfo definition, object target, Type type, params object[] args)
        => (TResult)Invoke(s_closed.GetOrAdd((definition, type, null), static k => k.Item1.MakeGenericMethod(k.Item2)), target, args);

    /// <summary>Calls the generic method definition closed over two types.</summary>
    public static TResult Invoke<TResult>(MethodInfo definition, object target, Type type1, Type type2, params object[] args)
        => (TResult)Invoke(s_closed.GetOrAdd((definition, type1, type2), static k => k.Item1.MakeGenericMethod(k.Item2, k.Item3)), target, args);

    /// <summary>The generic definition of a private method, by name.</summary>
    public static MethodInfo Method(Type owner, string name)
        => owner.GetMethod(name, BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly);

    private static object Invoke(MethodInfo method, object target, object[] args)
        => method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, args, null);
}

/// <summary>Column types by .NET type.</summary>
internal static class DataViewTypes
{
    private static readonly Dictionary<Type, PrimitiveDataViewType> s_byRawType = new PrimitiveDataViewType[]
    {
        BooleanDataViewType.Instance, TextDataViewType.Instance, RowIdDataViewType.Instance,
        DateTimeDataViewType.Instance, DateTimeOffsetDataViewType.Instance, TimeSpanDataViewType.Instance,
        NumberDataViewType.SByte, NumberDataViewType.Byte, NumberDataViewType.Int16, NumberDataViewType.UInt16,
        NumberDataViewType.Int32, NumberDataViewType.UInt32, NumberDataViewType.Int64, NumberDataViewType.UInt64,
        NumberDataViewType.Single, NumberDataViewType.Double,
    }.ToDictionary(t => t.RawType);

    /// <summary>The (non-key) primitive type of a raw type; text for string; null if there is none.</summary>
    public static PrimitiveDataViewType FromRawType(Type rawType)
        => s_byRawType.GetValueOrDefault(rawType == typeof(string) ? typeof(ReadOnlyMemory<char>) : rawType);

    /// <summary>The item type of a vector; a scalar type itself.</summary>
    public static DataViewType ItemTypeOf(this DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;
    public static int ValueCount(this DataViewType type) => type is VectorDataViewType vector ? vector.Size : 1;
    public static ulong KeyCount(this DataViewType type) => type is KeyDataViewType key ? key.Count : 0;

    /// <summary>The same shape with another item type.</summary>
    public static DataViewType WithItemType(this DataViewType type, PrimitiveDataViewType itemType)
        => type is VectorDataViewType vector ? new VectorDataViewType(itemType, vector.Dimensions) : itemType;
}
