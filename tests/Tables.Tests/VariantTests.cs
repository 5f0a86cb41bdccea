using FlipReg;
using FlipReg.Tables;

namespace Tables.Tests;

[TestClass]
public sealed class VariantTests
{
    [TestMethod]
    public void Options_and_the_network_are_set_by_name()
    {
        var options = new FerElrOptions();
        Variant.Parse("x={\"Network\":{\"hidden\":[64],\"dropout\":0.1},\"WeightAverage\":2,\"Optimizer\":\"AdamW\",\"Strength\":1}").Apply(options);
        Assert.AreEqual(NetworkSpec.Mlp([64], dropout: 0.1), options.Network);
        Assert.AreEqual((2.0, OptimizerKind.AdamW, 1.0), (options.WeightAverage, options.Optimizer, options.Strength));
    }

    [TestMethod]
    [DataRow("x={\"Strength\":1}", "Strength")]
    [DataRow("x={\"Epochs\":\"many\"}", "Epochs")]
    [DataRow("x={\"Network\":{\"depth\":2}}", "depth")]
    public void What_does_not_fit_is_named(string text, string name) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Variant.Parse(text).Apply(new CrossEntropyOptions())).Message, name);

    [TestMethod]
    [DataRow("x")]
    [DataRow("x=1")]
    [DataRow("x={")]
    public void Text_of_another_form_is_an_error(string text) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Variant.Parse(text)).Message, text);
}
