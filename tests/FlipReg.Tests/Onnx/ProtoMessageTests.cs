using FlipReg.Onnx;

namespace FlipReg.Tests.Onnx;

/// <summary>The examples of the encoding's own description (protobuf.dev, "Encoding"), and what it does not show.</summary>
[TestClass]
public sealed class ProtoMessageTests
{
    [TestMethod]
    public void Integers() => Check(new ProtoMessage().Add(1, 150L), "089601");

    [TestMethod]
    public void Negative_integers_take_ten_bytes() => Check(new ProtoMessage().Add(1, -2L), "08FEFFFFFFFFFFFFFFFF01");

    [TestMethod]
    public void Text() => Check(new ProtoMessage().Add(2, "testing"), "120774657374696E67");

    [TestMethod]
    public void Messages_in_messages() => Check(new ProtoMessage().Add(3, new ProtoMessage().Add(1, 150L)), "1A03089601");

    [TestMethod]
    public void Fields_above_15_take_two_bytes() => Check(new ProtoMessage().Add(20, 1L), "A00101");

    [TestMethod]
    public void Floats() => Check(new ProtoMessage().Add(2, 1f), "150000803F");

    [TestMethod]
    public void Values_of_tensors() => Check(Values([1f, -2f]), "4A080000803F000000C0");

    [TestMethod]
    public void Long_tensors_are_written_whole()
    {
        var values = Enumerable.Range(0, 2_500_000).Select(i => (float)i).ToArray();
        using var stream = new MemoryStream();
        Values(values).WriteTo(stream);
        var written = stream.ToArray();
        Assert.AreEqual("4A80ADE204", Convert.ToHexString(written[..5]));
        CollectionAssert.AreEqual(values, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(written.AsSpan(5)).ToArray());
    }

    private static ProtoMessage Values(float[] values)
    {
        var message = new ProtoMessage();
        new OnnxWeights(null).AddTo(message, new OnnxTensor("values", [values.Length], values));
        return message;
    }

    private static void Check(ProtoMessage message, string expected)
    {
        using var stream = new MemoryStream();
        message.WriteTo(stream);
        Assert.AreEqual(expected, Convert.ToHexString(stream.ToArray()));
        Assert.AreEqual(stream.Length, message.Size);
    }
}
