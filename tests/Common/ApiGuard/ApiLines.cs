using System.Reflection;

namespace ApiGuard;

/// <summary>One line of an API list: the type, the member's bare name, and the whole line.</summary>
internal sealed record ApiLine(string Type, string Name, string Text);

/// <summary>Describes types line by line, as <c>Namespace.Type | signature</c>.</summary>
internal static class ApiLines
{
    private const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    public static IEnumerable<ApiLine> OfPublicTypes(Assembly assembly) =>
        assembly.GetExportedTypes().SelectMany(type => Of(type, withInternals: false));

    /// <summary>The type itself and its declared members; with internals, all but the private ones.</summary>
    public static IEnumerable<ApiLine> Of(Type type, bool withInternals)
    {
        string name = TypeText.Of(type);
        yield return new ApiLine(name, "", $"{name} | {Header(type, withInternals)}");
        foreach (MemberInfo member in type.GetMembers(Declared))
        {
            if (Signature(type, member, withInternals) is { } signature)
                yield return new ApiLine(name, NameOf(type, member), $"{name} | {signature}");
        }
    }

    private static string NameOf(Type type, MemberInfo member) =>
        typeof(Delegate).IsAssignableFrom(type) ? "Invoke" : member is PropertyInfo property && property.GetIndexParameters().Length > 0 ? "Item" : member.Name;

    private static string Header(Type type, bool withInternals)
    {
        string kind = type.IsInterface ? "interface"
            : type.IsEnum ? "enum"
            : type.IsValueType ? "struct"
            : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
            : type is { IsAbstract: true, IsSealed: true } ? "static class"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class"
            : "class";
        var parents = new List<string>();
        if (kind.EndsWith("class", StringComparison.Ordinal) && type.BaseType is { } ancestor && ancestor != typeof(object))
            parents.Add(TypeText.Of(ancestor));
        parents.AddRange(type.GetInterfaces().Where(parent => withInternals || IsVisible(parent)).Select(TypeText.Of).Order(StringComparer.Ordinal));
        return parents.Count == 0 ? kind : $"{kind} : {string.Join(", ", parents)}";
    }

    /// <summary>Public to the outside, with all the types it is nested in.</summary>
    private static bool IsVisible(Type type) => type.IsConstructedGenericType ? type.GetGenericTypeDefinition().IsVisible : type.IsVisible;

    private static string? Signature(Type type, MemberInfo member, bool withInternals)
    {
        bool isEnum = type.IsEnum;
        bool isDelegate = typeof(Delegate).IsAssignableFrom(type);
        switch (member)
        {
            case FieldInfo field when isEnum:
                return field.IsLiteral ? $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue())}" : null;
            case FieldInfo field:
                return Access(field.Attributes, withInternals) is { } access && !field.Name.Contains('<', StringComparison.Ordinal)
                    ? access + Field(field)
                    : null;
            case ConstructorInfo constructor when !constructor.IsStatic && !isDelegate:
                return Access(constructor, withInternals) is { } access2 ? $"{access2}.ctor({Parameters(constructor)})" : null;
            case MethodInfo method when IsOrdinary(method) && (!isDelegate || method.Name == "Invoke"):
                return Access(method, withInternals) is { } access3 && !method.Name.Contains('<', StringComparison.Ordinal)
                    ? $"{access3}{Modifiers(type, method, isDelegate)}{TypeText.Of(method.ReturnType)} {method.Name}{GenericPart(method)}({Parameters(method)})"
                    : null;
            case PropertyInfo property:
                return Property(type, property, withInternals);
            case EventInfo { AddMethod: { } add } raised:
                return Access(add, withInternals) is { } access4
                    ? $"{access4}{Modifiers(type, add, false)}event {TypeText.Of(raised.EventHandlerType!)} {raised.Name}"
                    : null;
            default:
                return null;
        }
    }

    /// <summary>No accessor of a property or an event; operators count as methods.</summary>
    private static bool IsOrdinary(MethodInfo method) => !method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Field(FieldInfo field)
    {
        string kind = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        string value = field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "";
        return $"{kind}{TypeText.Of(field.FieldType)} {field.Name}{value}";
    }

    private static string? Property(Type type, PropertyInfo property, bool withInternals)
    {
        MethodInfo[] accessors = [.. new[] { property.GetMethod, property.SetMethod }
            .OfType<MethodInfo>().Where(accessor => Access(accessor, withInternals) is not null)];
        if (accessors.Length == 0)
            return null;
        string verbs = string.Concat(accessors.Select(accessor => accessor == property.GetMethod ? "get; " : "set; "));
        ParameterInfo[] index = property.GetIndexParameters();
        string name = index.Length == 0 ? property.Name : $"{property.Name}[{string.Join(", ", index.Select(Parameter))}]";
        return $"{Access(accessors[0], withInternals)}{Modifiers(type, accessors[0], false)}{TypeText.Of(property.PropertyType)} {name} {{ {verbs}}}";
    }

    /// <summary>The access as a prefix, or null for what does not belong to the list.</summary>
    private static string? Access(MethodBase method, bool withInternals) =>
        method.Name.Contains('.', StringComparison.Ordinal) && !method.IsConstructor
            ? null
            : (method.Attributes & MethodAttributes.MemberAccessMask) switch
            {
                MethodAttributes.Public => "",
                MethodAttributes.Family or MethodAttributes.FamORAssem => "protected ",
                MethodAttributes.Assembly when withInternals => "internal ",
                MethodAttributes.FamANDAssem when withInternals => "private protected ",
                _ => null,
            };

    private static string? Access(FieldAttributes field, bool withInternals) =>
        (field & FieldAttributes.FieldAccessMask) switch
        {
            FieldAttributes.Public => "",
            FieldAttributes.Family or FieldAttributes.FamORAssem => "protected ",
            // The lists make no difference between the two for fields.
            FieldAttributes.Assembly or FieldAttributes.FamANDAssem when withInternals => "internal ",
            _ => null,
        };

    private static string Modifiers(Type type, MethodBase method, bool isDelegate)
    {
        if (type.IsInterface || isDelegate)
            return "";
        return method.IsStatic ? "static "
            : method.IsAbstract ? "abstract "
            : method is { IsVirtual: true, IsFinal: false } ? "virtual "
            : "";
    }

    private static string GenericPart(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";

    private static string Parameters(MethodBase method)
    {
        IEnumerable<string> parameters = method.GetParameters().Select(Parameter);
        bool isExtension = method.IsDefined(typeof(System.Runtime.CompilerServices.ExtensionAttribute), false);
        return (isExtension ? "this " : "") + string.Join(", ", parameters);
    }

    private static string Parameter(ParameterInfo parameter)
    {
        string kind = parameter.IsDefined(typeof(ParamArrayAttribute), false) ? "params "
            : !parameter.ParameterType.IsByRef ? ""
            : parameter.IsOut ? "out "
            : parameter.IsIn ? "in "
            : "ref ";
        string value = parameter.HasDefaultValue ? $" = {TypeText.OfDefault(parameter)}" : "";
        return $"{kind}{TypeText.Of(parameter.ParameterType)} {parameter.Name}{value}";
    }
}
