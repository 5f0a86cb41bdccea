using System.Reflection;
using System.Reflection.Emit;

namespace Il;

/// <summary>Reads which methods the code of a method calls.</summary>
internal static class IlReader
{
    private static readonly Dictionary<int, OpCode> _codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => (int)(ushort)c.Value);

    /// <summary>All methods and constructors that an assembly declares.</summary>
    public static IEnumerable<MethodBase> Methods(Assembly assembly) => assembly.GetTypes()
        .SelectMany(type => type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly).OfType<MethodBase>());

    /// <summary>The methods that a method calls, with the type that a call on a type parameter or a value stands for.</summary>
    public static IEnumerable<(MethodBase Called, Type? Constrained)> Calls(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
            yield break;
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        Type? constrained = null;
        for (var at = 0; at < code.Length;)
        {
            int value = code[at++];
            var opCode = _codes[value == 0xFE ? 0xFE00 | code[at++] : value];
            if (opCode.OperandType == OperandType.InlineMethod && method.Module.ResolveMethod(BitConverter.ToInt32(code, at), typeArguments, methodArguments) is { DeclaringType: not null } called)
                yield return (called, constrained);
            constrained = opCode == OpCodes.Constrained ? method.Module.ResolveType(BitConverter.ToInt32(code, at), typeArguments, methodArguments) : null;
            at += opCode.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
