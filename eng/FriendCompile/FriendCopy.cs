using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace FriendCompile;

/// <summary>
/// Copies an assembly's bytes with everything that a friend assembly may see made public, for a compiler to reference.
/// Only accessibility bits change, in place: names, signatures, attributes and code keep their bytes and their offsets.
/// </summary>
internal static class FriendCopy
{
    // ECMA-335 II.22.37 (TypeDef), II.22.15 (Field) and II.22.26 (MethodDef): where a row keeps its flags.
    private const int TypeFlagsOffset = 0;
    private const int FieldFlagsOffset = 0;
    private const int MethodFlagsOffset = 6;

    // The three lowest bits hold the accessibility in all three kinds of flags.
    private const int AccessMask = 7;

    /// <summary>Returns the copy. The image given is not changed.</summary>
    public static byte[] Create(byte[] image)
    {
        using var pe = new PEReader(new MemoryStream(image, writable: false));
        if (!pe.HasMetadata)
            throw new BadImageFormatException("Not a managed assembly: the file has no CLI metadata.");
        var metadata = pe.GetMetadataReader();
        var start = pe.PEHeaders.MetadataStartOffset;

        var copy = (byte[])image.Clone();
        Patch(copy, metadata, start, TableIndex.TypeDef, TypeFlagsOffset, TypeAccess);
        Patch(copy, metadata, start, TableIndex.Field, FieldFlagsOffset, FieldAccess);
        Patch(copy, metadata, start, TableIndex.MethodDef, MethodFlagsOffset, MethodAccess);
        return copy;
    }

    private static void Patch(
        byte[] image, MetadataReader metadata, int metadataStart, TableIndex table, int flagsOffset, Func<int, int> access)
    {
        var rowSize = metadata.GetTableRowSize(table);
        var position = metadataStart + metadata.GetTableMetadataOffset(table) + flagsOffset;
        for (var row = 0; row < metadata.GetTableRowCount(table); row++, position += rowSize)
        {
            // The accessibility sits in the low half of TypeDef's four bytes too.
            var flags = image.AsSpan(position, 2);
            int value = BinaryPrimitives.ReadUInt16LittleEndian(flags);
            var opened = (value & ~AccessMask) | access(value & AccessMask);
            BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)opened);
        }
    }

    // Private and protected stay: the runtime lets a friend see internals and no more, so the compiler must not either.
    private static int TypeAccess(int access) => (TypeAttributes)access switch
    {
        TypeAttributes.NotPublic => (int)TypeAttributes.Public,
        TypeAttributes.NestedAssembly or TypeAttributes.NestedFamANDAssem or TypeAttributes.NestedFamORAssem
            => (int)TypeAttributes.NestedPublic,
        _ => access,
    };

    private static int FieldAccess(int access) => (FieldAttributes)access switch
    {
        FieldAttributes.Assembly or FieldAttributes.FamANDAssem => (int)FieldAttributes.Public,
        _ => access,
    };

    // "protected internal" stays as well: made public, it could no longer be overridden as the protected member it is.
    private static int MethodAccess(int access) => (MethodAttributes)access switch
    {
        MethodAttributes.Assembly or MethodAttributes.FamANDAssem => (int)MethodAttributes.Public,
        _ => access,
    };
}
