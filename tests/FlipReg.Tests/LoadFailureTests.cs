using FlipReg.Runtime;

namespace FlipReg.Tests;

[TestClass]
public class LoadFailureTests
{
    private const string System = "Red Hat Enterprise Linux 9.4 (glibc 2.34, libstdc++ up to GLIBCXX_3.4.29, X64)";

    /// <summary>The loader's messages on real systems, and what must be said for each. Packaging.Tests provokes them.</summary>
    [TestMethod]
    [DataRow("/lib64/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by /app/my files/libLibTorchSharp.so)",
        "'/app/my files/libLibTorchSharp.so' needs GLIBCXX_3.4.30, which /lib64/libstdc++.so.6 lacks.|older than TorchSharp allows")]
    [DataRow("/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)",
        "needs GLIBCXX_3.4.32|leave FlipRegMendTorchSharp at true")]
    [DataRow("/lib64/libc.so.6: version `GLIBC_2.34' not found (required by /app/libLibTorchSharp.so)",
        "'/app/libLibTorchSharp.so' needs GLIBC_2.34, which /lib64/libc.so.6 lacks.|older than TorchSharp allows")]
    [DataRow("/app/libLibTorchSharp.so: undefined symbol: _ZN3c106Device8validateEv",
        "'/app/libLibTorchSharp.so' needs libtorch 2.10.0. Got libtorch 2.9.1, which lacks symbol _ZN3c106Device8validateEv.|no other libtorch")]
    [DataRow("/app/libLibTorchSharp.so: undefined symbol: mkl_x, version V1", "which lacks symbol mkl_x.")]
    [DataRow("libtorch.so: cannot open shared object file: No such file or directory", "library libtorch.so must be|Reference libtorch-cpu-linux-x64 2.10.0")]
    [DataRow("libgomp.so.1: cannot open shared object file: No such file or directory", "library libgomp.so.1 must be|Install the system's package that holds it")]
    [DataRow("/app/libtorch_cpu.so: file too short", "/app/libtorch_cpu.so: file too short.|restore its package again")]
    public void What_the_loader_says_becomes_file_fault_system_and_remedy(string cause, string expected)
    {
        var failure = LoadFailure.Of(cause, new Version(2, 9, 1), System);
        foreach (var part in expected.Split('|'))
            Assert.Contains(part, failure.Problem);
        Assert.Contains($"The system is {System}. ", failure.Problem);
        Assert.AreEqual(cause, failure.Cause);
        var thrown = Assert.ThrowsExactly<DllNotFoundException>(failure.Throw);
        Assert.AreEqual(failure.Problem, thrown.Message);
    }

    [TestMethod]
    public void The_version_asked_for_is_TorchSharps()
    {
        NativeLibraries.Require();
        Assert.StartsWith(NativeLibraries.LibtorchVersion + ".", TorchSharp.torch.__version__);
    }
}
