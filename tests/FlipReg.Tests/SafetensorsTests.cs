using System.Buffers.Binary;
using System.Text;
using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Tests;

[TestClass]
public sealed class SafetensorsTests
{
    [TestMethod]
    public void What_is_written_is_read()
    {
        using var scope = NewDisposeScope();
        (string, Tensor)[] tensors =
        [
            ("b", tensor([1f, -2f, float.NaN, float.PositiveInfinity, float.Epsilon, -0f]).view(2, 3)),
            ("a", tensor([long.MinValue, 7L])),
            ("ü \"x\"", tensor(3.5f)),
            ("empty", zeros([0, 4], dtype: float32)),
            ("double", tensor([Math.PI, double.NaN])),
            ("truth", tensor([true, false, true])),
            ("bytes", tensor(new byte[] { 0, 255, 7 })),
            ("half", tensor([1.5f, -3f]).to(float16)),
            ("brain", tensor([1.5f, -3f]).to(bfloat16)),
            ("int", tensor([1, -2])),
            ("transposed", arange(6, dtype: int64).view(2, 3).t()),
        ];
        var read = Read(Bytes(tensors));
        Assert.HasCount(tensors.Length, read);
        foreach (var (name, value) in tensors)
        {
            var found = read.Single(t => t.Name == name).Value;
            Assert.AreEqual(value.dtype, found.dtype, name);
            CollectionAssert.AreEqual(value.shape, found.shape, name);
            Assert.AreEqual(Hex(value), Hex(found), name);
        }

        CollectionAssert.AreEqual(Bytes(tensors), Bytes([.. tensors.Reverse()]), "The same tensors give the same bytes.");
    }

    [TestMethod]
    public void The_layout_is_the_published_one()
    {
        var bytes = Bytes([("w", tensor([1f, 2f])), ("n", tensor([3L]))]);
        var header = """{"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""";
        var padded = header.PadRight((header.Length + 7) / 8 * 8);
        Assert.AreEqual((ulong)padded.Length, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        Assert.AreEqual(padded, Encoding.UTF8.GetString(bytes, 8, padded.Length));
        CollectionAssert.AreEqual(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64 }, bytes[(8 + padded.Length)..]);
    }

    [TestMethod]
    public void A_file_of_another_writer_is_read()
    {
        // Metadata, another order, spaces: all allowed by the format.
        var read = Read("""{ "__metadata__": {"made": "elsewhere"}, "z": {"shape": [1, 1], "data_offsets": [4, 8], "dtype": "F32"}, "a": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]} }  """,
            [0, 0, 128, 63, 0, 0, 0, 64]);
        Assert.AreEqual("00000040", Hex(read.Single(t => t.Name == "z").Value));
        Assert.AreEqual("0000803F", Hex(read.Single(t => t.Name == "a").Value));
    }

    [TestMethod]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "end with its last tensor, after 8 bytes of values. Got 4")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "end with its last tensor, after 4 bytes of values. Got 8")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "store its tensors end to end. Tensor 'a' starts at byte 4 instead of 0")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "Tensor 'b' starts at byte 0 instead of 4")]
    [DataRow("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "as many bytes as its shape [3] needs. Got 8")]
    [DataRow("""{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904,4611686018427387904],"data_offsets":[0,0]}}""", 0, "as many bytes as its shape")]
    [DataRow("""{"a":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", 8, "as many bytes as its shape")]
    [DataRow("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "whole numbers of at least 0 as shape. Got -1")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "whole numbers of at least 0 as shape. Got 1.5")]
    [DataRow("""{"a":{"dtype":"F32","shape":"x","data_offsets":[0,4]}}""", 4, "a list of numbers as shape")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "two ascending data_offsets. Got [4, 0]")]
    [DataRow("""{"a":{"dtype":"C64","shape":[2],"data_offsets":[0,4]}}""", 4, "one of the dtypes F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL. Got C64")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "exactly dtype, shape and data_offsets")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}""", 4, "exactly dtype, shape and data_offsets")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "must have a JSON header")]
    [DataRow("""[1,2]""", 0, "a JSON object as header. Got Array")]
    [DataRow("""{"a":""", 0, "must have a JSON header")]
    [DataRow("""pickle""", 0, "must have a JSON header")]
    public void A_broken_header_is_refused(string header, int dataBytes, string part)
    {
        var error = Assert.ThrowsExactly<FormatException>(() => Read(header, new byte[dataBytes]));
        StringAssert.Contains(error.Message, part, StringComparison.Ordinal);
    }

    [TestMethod]
    public void Every_truncation_is_refused()
    {
        var whole = Bytes([("w", tensor([1f, 2f, 3f, 4f, 5f])), ("n", tensor([3L, 4L]))]);
        for (var length = 0; length < whole.Length; length++)
            Assert.ThrowsExactly<FormatException>(() => Read(whole[..length]), $"{length} of {whole.Length} bytes");
        Assert.ThrowsExactly<FormatException>(() => Read([.. whole, 0]));
    }

    [TestMethod]
    public void A_lying_length_allocates_nothing()
    {
        var file = new byte[64];
        foreach (var length in new[] { ulong.MaxValue, (ulong)long.MaxValue, 1UL << 40, 57UL })
        {
            BinaryPrimitives.WriteUInt64LittleEndian(file, length);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.ThrowsExactly<FormatException>(() => SafetensorsReader.ReadHeader(new MemoryStream(file)));
            Assert.IsLessThan(100_000, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [TestMethod]
    public void Any_flipped_bit_gives_a_file_or_a_clear_error()
    {
        var whole = Bytes([("w", tensor([1f, 2f, 3f, 4f, 5f])), ("n", tensor([3L, 4L]))]);
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var altered = (byte[])whole.Clone();
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.HasCount(2, Read(altered));
            }
            catch (FormatException e)
            {
                StringAssert.StartsWith(e.Message, "A safetensors file must", StringComparison.Ordinal);
            }
        }
    }

    [TestMethod]
    public void The_header_is_read_without_the_values()
    {
        var stream = new MemoryStream(Bytes([("w", zeros(1000))]));
        Assert.AreEqual("F32 [1000]", SafetensorsReader.ReadHeader(stream).Single().Describe());
        Assert.AreEqual(stream.Length - 4000, stream.Position);
    }

    [TestMethod]
    public void A_writer_refuses_what_does_not_fit()
    {
        Assert.ThrowsExactly<ArgumentException>(() => Bytes([("", zeros(1))]));
        Assert.ThrowsExactly<ArgumentException>(() => Bytes([("a", zeros(1)), ("a", ones(1))]));
        Assert.ThrowsExactly<NotSupportedException>(() => Bytes([("a", zeros([1], dtype: complex64))]));
    }

    private static byte[] Bytes((string, Tensor)[] tensors)
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, tensors);
        return stream.ToArray();
    }

    private static IReadOnlyList<(string Name, Tensor Value)> Read(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)json.Length);
        json.CopyTo(file, 8);
        data.CopyTo(file, 8 + json.Length);
        return Read(file);
    }

    private static List<(string Name, Tensor Value)> Read(byte[] file)
    {
        var stream = new MemoryStream(file);
        var headers = SafetensorsReader.ReadHeader(stream);
        var read = new List<(string, Tensor)>();
        SafetensorsReader.ReadValues(stream, headers, header =>
        {
            read.Add((header.Name, empty(header.Shape, dtype: SafetensorsHeader.ElementTypes[header.ElementType].Type)));
            return read[^1].Item2;
        });
        Assert.AreEqual(stream.Length, stream.Position);
        return read;
    }

    private static string Hex(Tensor value)
    {
        var bytes = new List<byte>();
        HostReads.ReadBytes(value, piece => bytes.AddRange(piece));
        return Convert.ToHexString(bytes.ToArray());
    }
}
