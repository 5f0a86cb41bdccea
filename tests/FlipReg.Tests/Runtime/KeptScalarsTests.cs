using System.Reflection;
using FlipReg.Runtime;
using Il;
using TorchSharp;

namespace FlipReg.Tests.Runtime;

/// <summary>
/// TorchSharp's scalars may be freed while native code reads them (see <see cref="KeptScalars"/>). The analyzer bans their implicit
/// conversions in our code; this looks into the methods of TorchSharp that we call.
/// </summary>
[TestClass]
public class KeptScalarsTests
{
    [TestMethod]
    public void No_method_of_TorchSharp_that_we_call_leaves_a_scalar_to_the_finalizer()
    {
        var library = typeof(torch).Assembly;
        var called = IlReader.Methods(typeof(TrainingOptions).Assembly).SelectMany(IlReader.Calls).Select(c => c.Called).Where(m => m.DeclaringType?.Assembly == library)
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

    private static bool MakesScalar(MethodBase method, Assembly library, HashSet<MethodBase> seen)
    {
        if (!seen.Add(method))
            return false;
        foreach (var (call, _) in IlReader.Calls(method))
        {
            if (call.DeclaringType == typeof(Scalar) && call.Name == "op_Implicit")
                return true;
            if (call.DeclaringType?.Assembly == library && call.DeclaringType != typeof(Scalar) && MakesScalar(call, library, seen))
                return true;
        }

        return false;
    }
}
