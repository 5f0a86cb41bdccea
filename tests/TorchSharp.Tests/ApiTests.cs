using ApiGuard;

namespace TorchSharp.Tests;

/// <summary>The stand-in may hold nothing that the real library lacks: code written against it must compile against that one.</summary>
[TestClass]
public class ApiTests
{
    private const string Module = "TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>";
    private static readonly ApiList _real = ApiList.Read(Path.Combine(AppContext.BaseDirectory, "Api", "torchsharp-0.102.8.txt"));

    // The list was made without what needs SharpZipLib and SkiaSharp; the real package has it.
    private static readonly string[] _unlisted =
        ["TorchSharp.Utils.Decompress", "TorchSharp.Utils.tensorboard", "TorchSharp.torch.utils.tensorboard", "Tensorboard."];

    [TestMethod]
    public void Every_public_type_and_member_is_one_of_TorchSharp()
    {
        var lines = ApiLines.OfPublicTypes(typeof(torch).Assembly)
            .Where(line => !_unlisted.Any(start => line.Type.StartsWith(start, StringComparison.Ordinal))).ToList();
        var wrong = lines.Where(line => !_real.Allows(line)).Select(line => $"  {line.Text}\n      {_real.Closest(line)}").ToList();
        Assert.IsGreaterThan(400, lines.Count, "The stand-in has a public surface.");
        Assert.IsEmpty(wrong, $"{wrong.Count} lines are not in TorchSharp's public API:\n" + string.Join("\n", wrong));
    }

    [TestMethod]
    [DataRow("TorchSharp.torch", "invented", "static TorchSharp.torch.Tensor invented(TorchSharp.torch.Tensor input)")]
    [DataRow("TorchSharp.torch.Tensor", "add", "TorchSharp.torch.Tensor add(TorchSharp.torch.Tensor other)")]
    [DataRow("TorchSharp.torch.Invented", "", "class")]
    [DataRow("TorchSharp.Modules.Linear", "", "class : " + Module)]
    [DataRow("TorchSharp.Modules.Linear", "", "sealed class : System.IDisposable")]
    [DataRow("TorchSharp.Modules.Linear", "", "sealed class : " + Module + ", System.IFormattable")]
    public void The_guard_sees_a_stranger(string type, string name, string signature) =>
        Assert.IsFalse(_real.Allows(new ApiLine(type, name, $"{type} | {signature}")));

    [TestMethod]
    [DataRow("TorchSharp.Modules.Linear", "", "sealed class : " + Module + ", System.IDisposable")]
    [DataRow("TorchSharp.TensorExtensionMethods", "jlstr", "static string jlstr(this TorchSharp.torch.Tensor tensor, string fltFormat = null, int? width = null, string newLine = \"\n\", System.Globalization.CultureInfo cultureInfo = null)")]
    public void The_guard_lets_a_class_lack_an_interface_and_reads_over_line_breaks(string type, string name, string signature) =>
        Assert.IsTrue(_real.Allows(new ApiLine(type, name, $"{type} | {signature}")));
}
