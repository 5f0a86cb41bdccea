using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Mirrors Kind of Native/dispatch.cpp.</summary>
internal enum ArgKind { None, Tensor, Int, Double, Bool, Ints, Tensors, Device, Generator, Text }

[StructLayout(LayoutKind.Sequential)]
internal struct NativeArg
{
    public ArgKind Kind;
    public int Count;
    public long Bits;
}

/// <summary>One argument of an operator. It keeps what it refers to alive during the call.</summary>
internal readonly struct Arg
{
    public readonly object Owner;
    public readonly long Bits;
    public readonly ArgKind Kind;
    public readonly int Count;

    private Arg(ArgKind kind, long bits, object owner = null, int count = 0) => (Kind, Bits, Owner, Count) = (kind, bits, owner, count);

    public static implicit operator Arg(Tensor value) => value is null ? default : new(ArgKind.Tensor, value.Handle, value);
    public static implicit operator Arg(int value) => new(ArgKind.Int, value);
    public static implicit operator Arg(long value) => new(ArgKind.Int, value);
    public static implicit operator Arg(double value) => new(ArgKind.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Arg(bool value) => new(ArgKind.Bool, value ? 1 : 0);
    public static implicit operator Arg(ScalarType value) => new(ArgKind.Int, (long)value);
    public static implicit operator Arg(ScalarType? value) => value.HasValue ? value.Value : default(Arg);
    public static implicit operator Arg(long[] value) => value is null ? default : new(ArgKind.Ints, 0, value, value.Length);
    public static implicit operator Arg(Tensor[] value) => new(ArgKind.Tensors, 0, value, value.Length);
    public static implicit operator Arg(string value) => value is null ? default : new(ArgKind.Text, 0, Encoding.UTF8.GetBytes(value + '\0'));
    public static implicit operator Arg(Scalar value) => value is null ? default : new(value.Kind, value.Bits);
    public static implicit operator Arg(Device value) => value is null ? default : new(ArgKind.Device, (long)value.type, null, value.index);
    public static implicit operator Arg(Generator value) => value is null ? default : new(ArgKind.Generator, value.Handle, value);
}

/// <summary>An ATen operator, looked up by "name.overload" at its first call.</summary>
internal sealed unsafe class Op(string name)
{
    private nint _handle;

    public static implicit operator Op(string name) => new(name);

    public Tensor Call(params ReadOnlySpan<Arg> args)
    {
        NativeArg result;
        Invoke(args, &result, 1);
        return new Tensor((nint)result.Bits);
    }

    /// <summary>For operators that change their first argument: returns it, in its own wrapper.</summary>
    public Tensor Mutate(params ReadOnlySpan<Arg> args)
    {
        Invoke(args, null, 0);
        return (Tensor)args[0].Owner;
    }

    public Scalar CallScalar(params ReadOnlySpan<Arg> args)
    {
        NativeArg result;
        Invoke(args, &result, 1);
        return new Scalar(result.Kind, result.Bits);
    }

    public (Tensor, Tensor) Call2(params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc NativeArg[2];
        Invoke(args, results, 2);
        return (new Tensor((nint)results[0].Bits), new Tensor((nint)results[1].Bits));
    }

    public Tensor[] CallList(params ReadOnlySpan<Arg> args)
    {
        NativeArg result;
        Invoke(args, &result, 1);
        var handles = new nint[result.Count];
        fixed (nint* first = handles)
            td_take_list(first);
        return Array.ConvertAll(handles, handle => new Tensor(handle));
    }

    /// <summary>For operators that return a number or a truth value: they wait for the device.</summary>
    public bool Test(params ReadOnlySpan<Arg> args)
    {
        HostSync.Bump();
        NativeArg result;
        Invoke(args, &result, 1);
        return result.Bits != 0;
    }

    private void Invoke(ReadOnlySpan<Arg> args, NativeArg* results, int capacity)
    {
        var handle = _handle != 0 ? _handle : Find();
        var room = 0;
        foreach (ref readonly var arg in args)
            room += arg.Kind is ArgKind.Ints or ArgKind.Tensors ? arg.Count : 0;
        if (room > 128)
            InvokeLong(handle, args, room, results, capacity);
        else if (room > 0)
            Invoke(handle, args, stackalloc long[128], results, capacity);
        else
            Invoke(handle, args, default, results, capacity);
    }

    private static void InvokeLong(nint handle, ReadOnlySpan<Arg> args, int room, NativeArg* results, int capacity)
    {
        var rented = ArrayPool<long>.Shared.Rent(room);
        try
        {
            Invoke(handle, args, rented, results, capacity);
        }
        finally
        {
            ArrayPool<long>.Shared.Return(rented);
        }
    }

    private static void Invoke(nint handle, ReadOnlySpan<Arg> args, Span<long> lists, NativeArg* results, int capacity)
    {
        var native = stackalloc NativeArg[args.Length];
        byte[] text = null;
        fixed (long* firstList = lists)
        {
            var list = firstList;
            for (var k = 0; k < args.Length; k++)
            {
                ref readonly var arg = ref args[k];
                native[k] = new NativeArg { Kind = arg.Kind, Count = arg.Count, Bits = arg.Bits };
                switch (arg.Kind)
                {
                    case ArgKind.Ints:
                        native[k].Bits = (long)list;
                        ((long[])arg.Owner).CopyTo(new Span<long>(list, arg.Count));
                        list += arg.Count;
                        break;
                    case ArgKind.Tensors:
                        native[k].Bits = (long)list;
                        foreach (var tensor in (Tensor[])arg.Owner)
                            *list++ = tensor?.Handle ?? 0;
                        break;
                    case ArgKind.Text:
                        text = (byte[])arg.Owner;
                        break;
                }
            }
            int returned;
            fixed (byte* chars = text)
            {
                // No operator here takes more than one text.
                for (var k = 0; text is not null && k < args.Length; k++)
                    if (native[k].Kind == ArgKind.Text)
                        native[k].Bits = (long)chars;
                returned = td_call(handle, native, args.Length, results, capacity);
            }
            Check(returned);
        }
    }

    private nint Find()
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var operatorName = Encoding.UTF8.GetBytes($"aten::{(dot < 0 ? name : name[..dot])}\0");
        var overload = Encoding.UTF8.GetBytes((dot < 0 ? "" : name[(dot + 1)..]) + '\0');
        fixed (byte* first = operatorName, second = overload)
            return _handle = Check(td_find(first, second));
    }
}
