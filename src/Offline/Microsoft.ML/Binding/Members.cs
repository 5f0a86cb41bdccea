using System.Collections.Concurrent;
using System.Linq.Expressions;

namespace Microsoft.ML.Data;

/// <summary>The public fields and properties of a class that stand for columns, and compiled access to them.</summary>
internal static class Members
{
    public static IEnumerable<MemberInfo> Of(Type type, SchemaDefinition.Direction direction)
    {
        const BindingFlags instance = BindingFlags.Public | BindingFlags.Instance;
        var properties = type.GetProperties(instance).Where(p => p.GetIndexParameters().Length == 0
            && ((direction.HasFlag(SchemaDefinition.Direction.Read) && p.GetGetMethod() is not null)
                || (direction.HasFlag(SchemaDefinition.Direction.Write) && p.GetSetMethod() is not null)));
        return type.GetFields(instance).Concat<MemberInfo>(properties)
            .Where(m => m.GetCustomAttribute<NoColumnAttribute>() is null && TypeOf(m) != typeof(Runtime.IChannel));
    }

    public static Type TypeOf(MemberInfo member) => member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;

    /// <summary>Whether the member is a vector (array or VBuffer) and the raw type of its items; throws if that is no column type.</summary>
    public static void GetItemType(MemberInfo member, out bool isVector, out Type itemType)
    {
        var rawType = TypeOf(member);
        isVector = true;
        if (rawType.IsArray)
            itemType = rawType.GetElementType();
        else if (rawType.IsGenericType && rawType.GetGenericTypeDefinition() == typeof(VBuffer<>))
            itemType = rawType.GetGenericArguments()[0];
        else
        {
            itemType = rawType;
            isVector = false;
        }
        itemType = DataViewTypes.FromRawType(itemType)?.RawType ?? throw Contracts.ExceptParam(nameof(rawType),
            $"Could not determine an IDataView type and registered custom types for member {member.Name}");
    }

    /// <summary>Reads the member of a row object.</summary>
    public static Func<TRow, T> Getter<TRow, T>(MemberInfo member) => (Func<TRow, T>)Access<TRow>.Getters.GetOrAdd(member, static m =>
    {
        var row = Expression.Parameter(typeof(TRow));
        return Expression.Lambda<Func<TRow, T>>(Expression.MakeMemberAccess(row, m), row).Compile();
    });

    /// <summary>Writes the member of a row object.</summary>
    public static Action<TRow, T> Setter<TRow, T>(MemberInfo member) => (Action<TRow, T>)Access<TRow>.Setters.GetOrAdd(member, static m =>
    {
        var row = Expression.Parameter(typeof(TRow));
        var value = Expression.Parameter(typeof(T));
        return Expression.Lambda<Action<TRow, T>>(Expression.Assign(Expression.MakeMemberAccess(row, m), value), row, value).Compile();
    });

    private static class Access<TRow>
    {
        public static readonly ConcurrentDictionary<MemberInfo, Delegate> Getters = new();
        public static readonly ConcurrentDictionary<MemberInfo, Delegate> Setters = new();
    }
}

/// <summary>A column bound to a member of a class.</summary>
internal sealed record BoundColumn(string Name, DataViewType Type, DataViewSchema.Annotations Annotations, MemberInfo Member)
{
    /// <summary>The columns of a class, by its definition or, if null, by its members of the direction.</summary>
    public static BoundColumn[] Resolve(Type userType, SchemaDefinition userSchemaDefinition, SchemaDefinition.Direction direction)
    {
        userSchemaDefinition ??= SchemaDefinition.Create(userType, direction);
        return userSchemaDefinition.Select(column => Bind(userType, column, nameof(userSchemaDefinition))).ToArray();
    }

    public static DataViewSchema SchemaOf(IEnumerable<BoundColumn> columns)
    {
        var builder = new DataViewSchema.Builder();
        foreach (var column in columns)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        return builder.ToSchema();
    }

    private static BoundColumn Bind(Type userType, SchemaDefinition.Column column, string paramName)
    {
        var member = (MemberInfo)userType.GetField(column.MemberName) ?? userType.GetProperty(column.MemberName)
            ?? throw Contracts.ExceptParam(paramName, $"No field or property with name '{column.MemberName}' found in type '{userType.FullName}'");
        Members.GetItemType(member, out var isVector, out var itemType);
        var name = string.IsNullOrEmpty(column.ColumnName) ? column.MemberName : column.ColumnName;
        var type = column.ColumnType ?? (isVector ? new VectorDataViewType(DataViewTypes.FromRawType(itemType)) : DataViewTypes.FromRawType(itemType));
        Contracts.CheckParam(type is VectorDataViewType == isVector, paramName,
            $"Column '{name}' is supposed to be {Shape(!isVector)}, but type of associated field '{member.Name}' is {Shape(isVector)}");
        Contracts.CheckParam(type.ItemTypeOf().RawType == itemType, paramName,
            $"Column '{name}' is supposed to have item type {type.ItemTypeOf().RawType}, but associated field has type {itemType}");
        return new BoundColumn(name, type, column.Annotations, member);
    }

    private static string Shape(bool isVector) => isVector ? "vector" : "scalar";
}
