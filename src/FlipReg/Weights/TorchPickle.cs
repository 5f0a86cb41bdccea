using System.Buffers.Binary;
using System.Text;

namespace FlipReg.Weights;

/// <summary>A storage that a pickle names: its element type, its entry in the zip and its elements.</summary>
internal sealed record TorchStorage(string ElementType, string Key, long Elements);

/// <summary>A tensor that a pickle describes: a window on a storage.</summary>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>A dictionary of a pickle, in the order of its entries. Only text is looked up.</summary>
internal sealed class TorchDictionary
{
    public Dictionary<string, object?> Entries { get; } = new(StringComparer.Ordinal);
}

/// <summary>
/// Reads the pickles that torch.save writes for weights, and nothing else: a stack machine over data, which knows dictionaries, lists, tuples, numbers, text, and the four names that
/// make a state dictionary: OrderedDict, _rebuild_tensor_v2, _rebuild_parameter and storages. A pickle that names anything else is refused; nothing of it runs, ever.
/// </summary>
internal sealed class TorchPickle
{
    private const int MaximumDimensions = 8;

    private static readonly object _mark = new();

    private readonly byte[] _bytes;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _next;

    private TorchPickle(byte[] bytes) => _bytes = bytes;

    /// <summary>Element types by the names of their storages, with the names that safetensors has for them.</summary>
    public static IReadOnlyDictionary<string, string> Storages { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["FloatStorage"] = "F32",
        ["DoubleStorage"] = "F64",
        ["HalfStorage"] = "F16",
        ["BFloat16Storage"] = "BF16",
        ["LongStorage"] = "I64",
        ["IntStorage"] = "I32",
        ["ShortStorage"] = "I16",
        ["CharStorage"] = "I8",
        ["ByteStorage"] = "U8",
        ["BoolStorage"] = "BOOL",
    };

    /// <summary>The value of a pickle: null, a bool, a long, a double, a string, an array (a tuple), a list, a dictionary or a tensor.</summary>
    /// <exception cref="FormatException">The pickle is broken, or names something that weights do not need.</exception>
    public static object? Read(byte[] pickle)
    {
        try
        {
            return new TorchPickle(pickle).Run();
        }
        catch (Exception e) when (e is ArgumentException or InvalidCastException or OverflowException or IndexOutOfRangeException)
        {
            throw Bad($"must be whole. It ends early, or an instruction has no value to work on", e);
        }
    }

    private object? Run()
    {
        while (true)
        {
            var code = Take(1)[0];
            switch (code)
            {
                case 0x80:
                    var version = Take(1)[0];
                    if (version is < 2 or > 5)
                        throw Bad($"must have a protocol of 2 to 5. Got {version}");
                    break;
                case 0x95: Take(8); break;
                case (byte)'}': _stack.Add(new TorchDictionary()); break;
                case (byte)']': _stack.Add(new List<object?>()); break;
                case (byte)')': _stack.Add(Array.Empty<object?>()); break;
                case (byte)'(': _stack.Add(_mark); break;
                case (byte)'t': _stack.Add(PopToMark().ToArray()); break;
                case 0x85: _stack.Add(Pop(1).ToArray()); break;
                case 0x86: _stack.Add(Pop(2).ToArray()); break;
                case 0x87: _stack.Add(Pop(3).ToArray()); break;
                case (byte)'N': _stack.Add(null); break;
                case 0x88: _stack.Add(true); break;
                case 0x89: _stack.Add(false); break;
                case (byte)'J': _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
                case (byte)'K': _stack.Add((long)Take(1)[0]); break;
                case (byte)'M': _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
                case 0x8a: _stack.Add(Long(Take(Take(1)[0]))); break;
                case (byte)'G': _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
                case (byte)'X': _stack.Add(Text(Take(Length(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))))); break;
                case 0x8c: _stack.Add(Text(Take(Take(1)[0]))); break;
                case (byte)'c': _stack.Add(Global(Line(), Line())); break;
                case 0x93:
                    var names = Pop(2);
                    _stack.Add(Global((string)names[0]!, (string)names[1]!));
                    break;
                case (byte)'q': _memo[Take(1)[0]] = Top; break;
                case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top; break;
                case 0x94: _memo[_memo.Count] = Top; break;
                case (byte)'h': _stack.Add(Memo(Take(1)[0])); break;
                case (byte)'j': _stack.Add(Memo(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
                case (byte)'Q': _stack.Add(Storage((object?[])Pop(1)[0]!)); break;
                case (byte)'R':
                    var call = Pop(2);
                    _stack.Add(Call((Known)call[0]!, (object?[])call[1]!));
                    break;
                case (byte)'s':
                    var entry = Pop(2);
                    Set((TorchDictionary)Top!, entry);
                    break;
                case (byte)'u':
                    var entries = PopToMark();
                    Set((TorchDictionary)Top!, entries);
                    break;
                case (byte)'a':
                    var item = Pop(1);
                    ((List<object?>)Top!).AddRange(item);
                    break;
                case (byte)'e':
                    var items = PopToMark();
                    ((List<object?>)Top!).AddRange(items);
                    break;
                case (byte)'b':
                    // The state of an OrderedDict is _metadata: versions of modules.
                    Pop(1);
                    _ = (TorchDictionary)Top!;
                    break;
                case (byte)'.':
                    return Pop(1)[0];
                default:
                    throw Bad($"must have the instructions of weights. Got 0x{code:x2} at byte {_next - 1}");
            }
        }
    }

    private object? Top => _stack[^1] == _mark ? throw new InvalidCastException() : _stack[^1];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _next)
            throw Bad($"must be whole. It ends after {_bytes.Length} bytes in the middle of an instruction");
        _next += count;
        return _bytes.AsSpan(_next - count, count);
    }

    private static int Length(uint length) => length > int.MaxValue ? throw Bad($"must have texts of at most {int.MaxValue} bytes. Got {length}") : (int)length;

    private List<object?> Pop(int count)
    {
        var values = _stack.GetRange(_stack.Count - count, count);
        if (values.Contains(_mark))
            throw new InvalidCastException();
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private List<object?> PopToMark()
    {
        var mark = _stack.LastIndexOf(_mark);
        var values = _stack.GetRange(mark + 1, _stack.Count - mark - 1);
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private object? Memo(long key) => _memo.TryGetValue(key, out var value) ? value : throw Bad($"must refer to values it has. Got number {key}");

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private string Line()
    {
        var length = _bytes.AsSpan(_next).IndexOf((byte)'\n');
        if (length < 0)
            throw Bad($"must be whole. It ends in the middle of a name");
        var line = Text(Take(length));
        Take(1);
        return line;
    }

    /// <summary>A whole number of up to eight bytes, little-endian, in two's complement.</summary>
    private static long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long))
            throw Bad($"must have whole numbers of at most 64 bits. Got one of {bytes.Length} bytes");
        long value = bytes.Length > 0 && (bytes[^1] & 0x80) != 0 ? -1 : 0;
        for (var i = bytes.Length - 1; i >= 0; i--)
            value = (value << 8) | bytes[i];
        return value;
    }

    private static Known Global(string module, string name) => (module, name) switch
    {
        ("collections", "OrderedDict") => new Known(Kind.OrderedDictionary),
        ("torch._utils", "_rebuild_tensor_v2") => new Known(Kind.Tensor),
        ("torch._utils", "_rebuild_parameter") => new Known(Kind.Parameter),
        ("torch", _) when Storages.TryGetValue(name, out var type) => new Known(Kind.Storage, type),
        _ => throw Bad($"must name nothing but what weights are made of (OrderedDict, _rebuild_tensor_v2, _rebuild_parameter and storages). Got '{module}.{name}', which could be any code: nothing of it was run. Save the state_dict alone: torch.save(model.state_dict(), path)"),
    };

    private static object? Call(Known function, object?[] arguments) => function.Kind switch
    {
        Kind.OrderedDictionary when arguments.Length == 0 => new TorchDictionary(),
        Kind.OrderedDictionary => Pairs((List<object?>)arguments[0]!),
        Kind.Tensor => Tensor(arguments),
        Kind.Parameter => (TorchTensor)arguments[0]!,
        _ => throw Bad($"must not make a storage by a call"),
    };

    private static TorchDictionary Pairs(List<object?> pairs)
    {
        var dictionary = new TorchDictionary();
        foreach (var pair in pairs)
            Set(dictionary, pair switch { object?[] tuple => [.. tuple], _ => (List<object?>)pair! });
        return dictionary;
    }

    private static void Set(TorchDictionary dictionary, List<object?> entries)
    {
        if (entries.Count % 2 != 0)
            throw new InvalidCastException();
        for (var i = 0; i < entries.Count; i += 2)
        {
            // Optimizers number their entries: weights have names.
            if (entries[i] is string key)
                dictionary.Entries[key] = entries[i + 1];
        }
    }

    private static TorchStorage Storage(object?[] id)
    {
        if (id is not ["storage", Known { Kind: Kind.Storage, ElementType: { } type }, string key, string, long elements] || elements < 0)
            throw Bad($"must refer to storages by type, key, place and size. Got something else");
        return new TorchStorage(type, key, elements);
    }

    private static TorchTensor Tensor(object?[] arguments)
    {
        if (arguments.Length < 4 || arguments[0] is not TorchStorage storage || arguments[1] is not long offset)
            throw Bad($"must describe tensors by storage, offset, size and stride. Got something else");
        var (shape, strides) = (Sizes(arguments[2]), Sizes(arguments[3]));
        if (shape.Length != strides.Length || shape.Length > MaximumDimensions || offset < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0))
            throw Bad($"must describe tensors of at most {MaximumDimensions} dimensions by sizes and strides of at least 0. Got [{InvariantText.List(shape)}], [{InvariantText.List(strides)}] from {offset} on");
        Int128 last = offset, values = 1;
        for (var i = 0; i < shape.Length; i++)
        {
            last += (Int128)Math.Max(0, shape[i] - 1) * strides[i];
            values = Int128.Min(values * shape[i], long.MaxValue);
        }

        // A stride of 0 would make much of little.
        if (values > storage.Elements || (values > 0 && last >= storage.Elements))
            throw Bad($"must describe tensors within their storage of {storage.Elements} elements. Got [{InvariantText.List(shape)}] with strides [{InvariantText.List(strides)}] from {offset} on");
        return new TorchTensor(storage, offset, shape, strides);
    }

    private static long[] Sizes(object? value) => value is object?[] tuple ? Array.ConvertAll(tuple, size => (long)size!) : throw new InvalidCastException();

    private static FormatException Bad(FormattableString rule, Exception? inner = null) => new($"The pickle in a file of weights {InvariantText.OfFile(rule)}.", inner);

    private enum Kind
    {
        OrderedDictionary,
        Tensor,
        Parameter,
        Storage,
    }

    private sealed record Known(Kind Kind, string? ElementType = null);
}
