using System.IO.Compression;
using System.Text;
using FlipReg.Onnx;
using FlipReg.Weights;

namespace FlipReg.Tests.Weights;

/// <summary>Files that were made, or have come, to harm: each is refused with a message, in little memory.</summary>
[TestClass]
public sealed class HostileWeightTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weights").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DataRow("state.pth")]
    [DataRow("strided.pth")]
    public void A_file_that_is_cut_off_or_altered_never_does_more_than_fail(string file)
    {
        var bytes = File.ReadAllBytes(WeightData.PathOf(file));
        var random = new Random(3);
        for (var i = 0; i < 300; i++)
        {
            byte[] changed = i % 2 == 0 ? bytes[..random.Next(bytes.Length)] : [.. bytes];
            if (i % 2 == 1)
            {
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                    changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            }

            try
            {
                using var network = WeightData.Load(WeightData.Small, Write(changed));
            }
            catch (Exception e) when (e is FormatException or InvalidOperationException)
            {
            }
        }
    }

    public static IEnumerable<object[]> Pickles() =>
    [
        ["no end", "\u0080\u0002}", "must be whole"],
        ["nothing on the stack", "\u0080\u0002.", "must be whole"],
        ["a mark as a value", "\u0080\u0002(.", "must be whole"],
        ["an unknown instruction", "\u0080\u0002i", "must have the instructions of weights. Got 0x69 at byte 2"],
        ["a protocol of the future", "\u0080\u0009", "must have a protocol of 2 to 5. Got 9"],
        ["code by a line", "\u0080\u0002cbuiltins\neval\n.", "Got 'builtins.eval', which could be any code"],
        ["code by the stack", "\u0080\u0004\u008c\u0002os\u008c\u0006system\u0093.", "Got 'os.system', which could be any code"],
        ["a name of torch that is none of the four", "\u0080\u0002ctorch._utils\n_rebuild_qtensor\n.", "Got 'torch._utils._rebuild_qtensor'"],
        ["a name that only looks right", "\u0080\u0002ctorch\nFloatStorage.__class__\n.", "Got 'torch.FloatStorage.__class__'"],
        ["a value that is not there", "\u0080\u0002h\u0007.", "must refer to values it has. Got number 7"],
        ["a text longer than the file", "\u0080\u0002X\u00ff\u00ff\u00ff\u007f.", "must be whole"],
        ["a call of a number", "\u0080\u0002K\u0001)R.", "must be whole"],
        ["a storage that is called", "\u0080\u0002ctorch\nFloatStorage\n)R.", "must not make a storage by a call"],
        ["a list that holds itself", "\u0080\u0002]q\0h\0a.", "must hold a dictionary of tensors by name"],
        ["a dictionary that holds itself", "\u0080\u0002}q\0X\u0005\0\0\0modelh\0s.", "must hold a dictionary of tensors by name"],
        ["a whole number of many bytes", "\u0080\u0002\u008a\u0009\u0001\u0001\u0001\u0001\u0001\u0001\u0001\u0001\u0001.", "must have whole numbers of at most 64 bits"],
        ["entries without values", "\u0080\u0002}(K\u0001u.", "must be whole"],
    ];

    [TestMethod]
    [DynamicData(nameof(Pickles))]
    public void A_pickle_that_is_no_weights_is_refused(string name, string pickle, string message) => Refused(Zip(("data.pkl", Encoding.Latin1.GetBytes(pickle))), message, name);

    [TestMethod]
    // Offset, sizes and strides of a tensor in a storage of six.
    [DataRow(0L, new long[] { 7 }, new long[] { 1 })]
    [DataRow(1L, new long[] { 6 }, new long[] { 1 })]
    [DataRow(0L, new long[] { 2, 3 }, new long[] { 4, 1 })]
    [DataRow(0L, new long[] { 1000, 1000 }, new long[] { 0, 0 })]
    [DataRow(0L, new long[] { 2, 2 }, new long[] { long.MaxValue, long.MaxValue })]
    [DataRow(0L, new long[] { long.MaxValue, long.MaxValue }, new long[] { 0, 0 })]
    [DataRow(-1L, new long[] { 2 }, new long[] { 1 })]
    [DataRow(0L, new long[] { -2 }, new long[] { 1 })]
    [DataRow(0L, new long[] { 2 }, new long[] { -1 })]
    [DataRow(0L, new long[] { 2, 2 }, new long[] { 1 })]
    [DataRow(0L, new long[] { 1, 1, 1, 1, 1, 1, 1, 1, 1 }, new long[] { 1, 1, 1, 1, 1, 1, 1, 1, 1 })]
    public void A_tensor_outside_of_its_storage_is_refused(long offset, long[] sizes, long[] strides) =>
        Refused(Zip(("data.pkl", Tensor(offset, sizes, strides, 6)), ("data/0", new byte[24])), "must describe tensors", InvariantText.List(sizes));

    [TestMethod]
    public void A_storage_must_be_what_the_zip_holds()
    {
        var pickle = Tensor(0, [3, 2, 3, 3], [18, 9, 3, 1], 54);
        Refused(Zip(("data.pkl", pickle), ("data/0", new byte[100])), "must hold 54 elements of 4 bytes in 'data/0'. Got 100 bytes", "short");
        Refused(Zip(("data.pkl", pickle)), "must hold the values of each storage. Got none of 'data/0'", "absent");
        Refused(Zip(CompressionLevel.SmallestSize, ("data.pkl", pickle), ("data/0", new byte[1 << 20])), "must not be compressed.", "bomb");
        Refused(Zip(("data.pkl", pickle), ("data/0", new byte[216]), ("byteorder", "big"u8.ToArray())), "must hold little-endian values", "big-endian");
        Refused(Zip(("a/data.pkl", pickle), ("b/data.pkl", pickle)), "must hold one data.pkl. Got more", "two");
        Refused(Zip(("x", pickle)), "must hold one data.pkl. Got none", "none");
        byte[] values = [.. Enumerable.Range(0, 54).SelectMany(i => BitConverter.GetBytes(i == 53 ? float.NaN : i))];
        Refused(Zip(("data.pkl", pickle), ("data/0", values)), "must hold finite numbers in tensor 'conv.weight'", "not a number", new NetworkSpec { Layers = [new Conv2dSpec(3, 3) { Name = "conv" }, new FlattenSpec()] }.Bind(new ImageShape(2, 3, 3), 2));
    }

    [TestMethod]
    public void Onnx_files_that_are_broken_are_refused()
    {
        var tensor = new ProtoMessage().Add(1, 3L).Add(1, 3L).Add(2, 1L).Add(8, "w").Add(9, new byte[36]);
        byte[] Model(ProtoMessage constant) => Bytes(new ProtoMessage().Add(1, 8L).Add(7, new ProtoMessage().Add(5, constant)));
        using (var source = WeightSource.Open(Write(Model(tensor))))
            Assert.AreEqual("w: 3, 3", string.Join("; ", source.Tensors.Select(t => $"{t.Name}: {InvariantText.List(t.Shape)}")));
        Refused(Model(new ProtoMessage().Add(1, 3L).Add(1, 4L).Add(2, 1L).Add(8, "w").Add(9, new byte[36])), "must give constant 'w' as many values as its shape [3, 4] needs. Got 36 bytes", "shape");
        Refused(Model(new ProtoMessage().Add(1, long.MaxValue).Add(1, long.MaxValue).Add(1, 16L).Add(2, 1L).Add(8, "w")), "as many values as its shape", "overflow");
        Refused(Model(new ProtoMessage().Add(1, 3L).Add(2, 1L).Add(8, "w").Add(14, 1L)), "must hold its weights itself. Got those of 'w' in another file", "elsewhere");
        Refused(Bytes(new ProtoMessage().Add(1, 8L).Add(2, "x")), "must hold constants. Got none", "empty");
        Refused([0x08, 0x03, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f], "must have fields within their message", "length");
        Refused([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "must have numbers of at most 64 bits", "number");
        Refused([0x08, 0x03, 0x3b], "must have the wire types 0, 1, 2 and 5. Got 3", "group");
        var whole = Model(tensor);
        for (var length = 2; length < whole.Length; length++)
            Assert.ThrowsExactly<FormatException>(() => WeightSource.Open(Write(whole[..length])), InvariantText.List([length]));
    }

    /// <summary>A dictionary with one tensor, "conv.weight".</summary>
    private static byte[] Tensor(long offset, long[] sizes, long[] strides, long elements)
    {
        using var stream = new MemoryStream();
        void Raw(string text) => stream.Write(Encoding.Latin1.GetBytes(text));
        void Number(long value)
        {
            Raw("\u008a\u0008");
            stream.Write(BitConverter.GetBytes(value));
        }

        void Numbers(long[] values)
        {
            Raw("(");
            foreach (var value in values)
                Number(value);
            Raw("t");
        }

        Raw("\u0080\u0002}X\u000b\0\0\0conv.weightctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpu");
        Number(elements);
        Raw("tQ");
        Number(offset);
        Numbers(sizes);
        Numbers(strides);
        Raw("\u0089ccollections\nOrderedDict\n)RtRs.");
        return stream.ToArray();
    }

    private static byte[] Bytes(ProtoMessage message)
    {
        using var stream = new MemoryStream();
        message.WriteTo(stream);
        return stream.ToArray();
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] entries) => Zip(CompressionLevel.NoCompression, entries);

    private static byte[] Zip(CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    private string Write(byte[] content)
    {
        var path = Path.Combine(_folder, "file");
        File.WriteAllBytes(path, content);
        return path;
    }

    private void Refused(byte[] file, string message, string what, NetworkSpec? spec = null)
    {
        var error = Assert.ThrowsExactly<FormatException>(() => WeightData.Load(spec ?? new NetworkSpec { Layers = [new Conv2dSpec(3, 3) { Name = "conv" }, new FlattenSpec()] }.Bind(new ImageShape(2, 3, 3), 2), Write(file)), what);
        Assert.Contains(message, error.Message, what);
    }
}
