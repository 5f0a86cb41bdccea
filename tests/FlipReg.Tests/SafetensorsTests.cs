using System.Buffers.Binary;
using System.Text;
using FlipReg.Data;

namespace FlipReg.Tests;

[TestClass]
public sealed class SafetensorsTests
{
    [TestMethod]
    public void What_is_written_is_read()
    {
        SafetensorsEntry[] tensors =
        [
            new("b", [2, 3], [1f, -2f, float.NaN, float.PositiveInfinity, float.Epsilon, -0f]),
            new("a", [2], [long.MinValue, 7L]),
            new("ü \"x\"", [], [3.5f]),
            new("empty", [0, 4], Array.Empty<float>()),
        ];
        var read = SafetensorsReader.Read(new MemoryStream(Bytes(tensors)));
        Assert.HasCount(4, read);
        foreach (var tensor in tensors)
        {
            var found = read.Single(t => t.Name == tensor.Name);
            CollectionAssert.AreEqual(tensor.Shape.ToArray(), found.Shape.ToArray());
            CollectionAssert.AreEqual(tensor.Floats?.Select(BitConverter.SingleToInt32Bits).ToArray(), found.Floats?.Select(BitConverter.SingleToInt32Bits).ToArray());
            CollectionAssert.AreEqual(tensor.Integers, found.Integers);
        }

        CollectionAssert.AreEqual(Bytes(tensors), Bytes([.. tensors.Reverse()]), "The same tensors give the same bytes.");
    }

    [TestMethod]
    public void The_layout_is_the_published_one()
    {
        var bytes = Bytes([new("w", [2], [1f, 2f]), new("n", [1], [3L])]);
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
        Assert.AreEqual(2f, read.Single(t => t.Name == "z").Floats![0]);
        Assert.AreEqual(1f, read.Single(t => t.Name == "a").Floats![0]);
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
    [DataRow("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}""", 4, "the dtype F32 or I64. Got F16")]
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
        var whole = Bytes([new("w", [5], [1f, 2f, 3f, 4f, 5f]), new("n", [2], [3L, 4L])]);
        for (var length = 0; length < whole.Length; length++)
            Assert.ThrowsExactly<FormatException>(() => SafetensorsReader.Read(new MemoryStream(whole[..length])), $"{length} of {whole.Length} bytes");
        Assert.ThrowsExactly<FormatException>(() => SafetensorsReader.Read(new MemoryStream([.. whole, 0])));
    }

    [TestMethod]
    public void A_lying_length_allocates_nothing()
    {
        var file = new byte[64];
        foreach (var length in new[] { ulong.MaxValue, (ulong)long.MaxValue, 1UL << 40, 57UL })
        {
            BinaryPrimitives.WriteUInt64LittleEndian(file, length);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.ThrowsExactly<FormatException>(() => SafetensorsReader.Read(new MemoryStream(file)));
            Assert.IsLessThan(100_000, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [TestMethod]
    public void Any_flipped_bit_gives_a_file_or_a_clear_error()
    {
        var whole = Bytes([new("w", [5], [1f, 2f, 3f, 4f, 5f]), new("n", [2], [3L, 4L])]);
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var altered = (byte[])whole.Clone();
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.HasCount(2, SafetensorsReader.Read(new MemoryStream(altered)));
            }
            catch (FormatException e)
            {
                StringAssert.StartsWith(e.Message, "A safetensors file must", StringComparison.Ordinal);
            }
        }
    }

    [TestMethod]
    public void The_caller_may_refuse_before_values_are_read()
    {
        var stream = new MemoryStream(Bytes([new("w", [1000], new float[1000])]));
        Assert.ThrowsExactly<FormatException>(() => SafetensorsReader.Read(stream, headers => throw new FormatException(headers[0].Name)));
        Assert.IsLessThan(stream.Length - 3999, stream.Position);
    }

    [TestMethod]
    public void A_writer_refuses_what_does_not_fit()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new SafetensorsEntry("a", [2], [1f]));
        Assert.ThrowsExactly<ArgumentException>(() => new SafetensorsEntry("", [1], [1f]));
        Assert.ThrowsExactly<ArgumentException>(() => Bytes([new("a", [1], [1f]), new("a", [1], [2f])]));
    }

    private static byte[] Bytes(SafetensorsEntry[] tensors)
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, tensors);
        return stream.ToArray();
    }

    private static IReadOnlyList<SafetensorsEntry> Read(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)json.Length);
        json.CopyTo(file, 8);
        data.CopyTo(file, 8 + json.Length);
        return SafetensorsReader.Read(new MemoryStream(file));
    }
}
