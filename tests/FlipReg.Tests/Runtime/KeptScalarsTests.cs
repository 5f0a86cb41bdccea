using System.Reflection;
using System.Reflection.Emit;
using FlipReg.Runtime;
using TorchSharp;

namespace FlipReg.Tests.Runtime;

/// <summary>
/// TorchSharp's scalars may be freed while native code reads them (see <see cref="KeptScalars"/>). The analyzer bans their implicit
/// conversions in our code; this looks into the methods of TorchSharp that we call.
/// </summary>
[TestClass]
public class KeptScalarsTests
{
    private static readonly OpCode[] _opCodes = [.. typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!)];
    private static readonly Dictionary<short, OpCode> _byValue = _opCodes.ToDictionary(o => o.Value);

    [TestMethod]
    public void No_method_of_TorchSharp_that_we_call_leaves_a_scalar_to_the_finalizer()
    {
        var library = typeof(torch).Assembly;
        var called = Methods(typeof(TrainingOptions).Assembly).SelectMany(m => Calls(m)).Where(m => m.DeclaringType?.Assembly == library)
            .Where(m => m.DeclaringType != typeof(ScalarExtensionMethods)).Distinct().ToList();
        Assert.IsGreaterThan(50, called.Count);
        var bad = called.Where(m => MakesScalar(m, library, [])).Select(m => $"{m.DeclaringType}.{m}").Order(StringComparer.Ordinal).ToList();
        Assert.IsEmpty(bad, string.Join("\n", bad));
        // The walk finds what it looks for.
        Assert.IsTrue(MakesScalar(typeof(torch.Tensor).GetMethod("add", [typeof(torch.Tensor)])!, library, []));
    }

    [TestMethod]
    public void Scalars_of_a_call_outlive_it()
    {
        var first = KeptScalars.Keep(0.5);
        Assert.AreSame(first, KeptScalars.Keep(0.5));
        Assert.AreEqual(torch.ScalarType.Float64, first.Type);
        Assert.AreEqual(torch.ScalarType.Int64, KeptScalars.Keep(7).Type);
        for (var i = 0; i < KeptScalars.Capacity; i++)
            KeptScalars.Keep(1.0 + i);
        // A generation later it is still the same object, not yet given up.
        Assert.AreSame(first, KeptScalars.Keep(0.5));
    }

    private static IEnumerable<MethodBase> Methods(Assembly assembly)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        return assembly.GetTypes().SelectMany(t => t.GetMethods(All).Cast<MethodBase>().Concat(t.GetConstructors(All)));
    }

    private static bool MakesScalar(MethodBase method, Assembly library, HashSet<MethodBase> seen)
    {
        if (!seen.Add(method))
            return false;
        foreach (var call in Calls(method))
        {
            if (call.DeclaringType == typeof(Scalar) && call.Name == "op_Implicit")
                return true;
            if (call.DeclaringType?.Assembly == library && call.DeclaringType != typeof(Scalar) && MakesScalar(call, library, seen))
                return true;
        }

        return false;
    }

    private static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il)
            yield break;
        var typeArguments = method.DeclaringType?.IsGenericType == true ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            var value = il[at] == 0xfe ? unchecked((short)(0xfe00 | il[at + 1])) : il[at];
            var opCode = _byValue[value];
            at += opCode.Size;
            if (opCode.OperandType == OperandType.InlineMethod)
                yield return method.Module.ResolveMethod(BitConverter.ToInt32(il, at), typeArguments, methodArguments)!;
            at += opCode.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }
}
