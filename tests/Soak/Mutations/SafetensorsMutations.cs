using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using static System.FormattableString;

namespace Soak.Mutations;

/// <summary>Faults of a safetensors file: lying lengths, shapes, types and offsets, strange names, values that are not numbers.</summary>
internal static class SafetensorsMutations
{
    private static readonly long[] _numbers = [-1, 0, 1, 2, 3, 255, 1 << 20, int.MaxValue, 1L << 32, 1L << 40, long.MaxValue / 4, long.MaxValue];

    public static Mutant Apply(Random random, byte[] file)
    {
        var length = BinaryPrimitives.ReadInt64LittleEndian(file);
        var header = JsonNode.Parse(file.AsSpan(sizeof(ulong), (int)length))!.AsObject();
        var data = file[(sizeof(ulong) + (int)length)..];
        var name = header.ElementAt(random.Next(header.Count)).Key;
        var tensor = header[name]!;
        var number = _numbers[random.Next(_numbers.Length)];
        switch (random.Next(14))
        {
            case 0:
                var claimed = random.Next(3) switch { 0 => (ulong)number, 1 => (ulong)(length + random.Next(-9, 10)), _ => (ulong)random.NextInt64() };
                BinaryPrimitives.WriteUInt64LittleEndian(file, claimed);
                return new(file, Invariant($"a header of {claimed} bytes claimed"));
            case 1:
                tensor["shape"] = new JsonArray(number, _numbers[random.Next(_numbers.Length)]);
                return Written(header, data, $"'{name}' of shape {tensor["shape"]!.ToJsonString()}");
            case 2:
                var dimensions = 1 << random.Next(20);
                tensor["shape"] = new JsonArray([.. Enumerable.Repeat(1, dimensions - 1).Append((int)(data.Length % 100)).Select(n => JsonValue.Create(n))]);
                return Written(header, data, $"'{name}' of {dimensions} dimensions");
            case 3:
                tensor["data_offsets"]![random.Next(2)] = number;
                return Written(header, data, $"'{name}' at {tensor["data_offsets"]!.ToJsonString()}");
            case 4:
                tensor["dtype"] = new[] { "F16", "BF16", "F64", "I64", "U8", "BOOL", "F8_E4M3", "f32", "", "object" }[random.Next(10)];
                return Written(header, data, $"'{name}' of type {tensor["dtype"]}");
            case 5:
                header.Remove(name);
                header[random.Next(3) switch { 0 => "../../escaped", 1 => new string('n', 1 << random.Next(20)), _ => "" }] = tensor;
                return Written(header, data, $"'{name}' under another name");
            case 6:
                var twice = header.ToJsonString();
                return Written(Invariant($"{twice[..^1]},\"{name}\":{tensor.ToJsonString()}}}"), data, $"'{name}' twice");
            case 7:
                header.Remove(name);
                return Written(header, data, $"'{name}' missing");
            case 8:
                header["__metadata__"] = random.Next(2) == 0 ? number : new JsonObject([.. Enumerable.Range(0, 1 << random.Next(14)).Select(i => KeyValuePair.Create(Invariant($"{i}"), (JsonNode?)"x"))]);
                return Written(header, data, "metadata");
            case 9:
                var values = MemoryMarshal.Cast<byte, float>(data.AsSpan());
                values[random.Next(values.Length)] = new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon }[random.Next(5)];
                return Written(header, data, "a value that is not finite, or at the end of the range");
            case 10:
                for (var i = 1 << random.Next(17); i > 0; i--)
                    header[Invariant($"empty{i}")] = JsonNode.Parse(Invariant($$"""{"dtype":"F32","shape":[0],"data_offsets":[{{data.Length}},{{data.Length}}]}"""));
                return Written(header, data, "many empty tensors");
            case 11 when random.Next(4) == 0:
                return Written(header.ToJsonString() + new string(' ', 64 << 20), data, "a header of 64 MiB");
            case 12:
                var json = JsonMutations.Apply(random, Encoding.UTF8.GetBytes(header.ToJsonString()));
                return new(Joined(json.Content, data), $"header: {json.Fault}");
            default:
                return ByteMutations.Apply(random, file);
        }
    }

    private static Mutant Written(JsonObject header, byte[] data, string fault) => Written(header.ToJsonString(), data, fault);

    private static Mutant Written(string header, byte[] data, string fault) => new(Joined(Encoding.UTF8.GetBytes(header), data), fault);

    private static byte[] Joined(byte[] header, byte[] data)
    {
        var result = new byte[sizeof(ulong) + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(result, header.Length);
        header.CopyTo(result, sizeof(ulong));
        data.CopyTo(result, sizeof(ulong) + header.Length);
        return result;
    }
}
