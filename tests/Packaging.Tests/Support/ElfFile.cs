using System.Buffers.Binary;
using System.Text;

namespace Packaging.Tests.Support;

/// <summary>Reads and edits a 64-bit little-endian ELF library: its needed versions, its dynamic symbols and their names.</summary>
internal sealed class ElfFile
{
    private const uint Strings = 3, Relocations = 4, DynamicSymbols = 11, VersionNeeds = 0x6ffffffe, SymbolVersions = 0x6fffffff;

    private readonly List<(uint Type, int Offset, int Size, int Link)> _sections = [];

    public ElfFile(string path)
    {
        Bytes = File.ReadAllBytes(path);
        for (var i = 0; i < U16(0x3c); i++)
        {
            var header = Position(0x28) + (i * U16(0x3a));
            _sections.Add((U32(header + 4), Position(header + 0x18), Position(header + 0x20), (int)U32(header + 0x28)));
        }
    }

    public byte[] Bytes { get; }

    /// <summary>Each needed version: where its entry is, its name, its index and its flags.</summary>
    public IEnumerable<(int Entry, string Name, int Index, int Flags)> NeededVersions()
    {
        var (_, library, _, link) = Section(VersionNeeds);
        for (var step = -1; step != 0; library += step)
        {
            var entry = library + (int)U32(library + 8);
            for (var i = 0; i < U16(library + 2); i++, entry += (int)U32(entry + 12))
                yield return (entry, Text(link, U32(entry + 8)), U16(entry + 6), U16(entry + 4));
            step = (int)U32(library + 12);
        }
    }

    /// <summary>Gives a symbol another version index.</summary>
    public void SetVersion(string symbol, int index) => Set16(Section(SymbolVersions).Offset + (2 * SymbolIndex(symbol)), index);

    /// <summary>Makes the first relocation that names some symbol name this one.</summary>
    public void Refer(string symbol)
    {
        var at = _sections.Where(s => s.Type == Relocations).SelectMany(s => Enumerable.Range(0, s.Size / 24).Select(i => s.Offset + (24 * i))).First(r => U32(r + 12) != 0);
        BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(at + 12), (uint)SymbolIndex(symbol));
    }

    /// <summary>Names a needed version otherwise; the new name has the length of the old one.</summary>
    public void RenameVersion(string from, string to)
    {
        Assert.AreEqual(from.Length, to.Length);
        var entry = NeededVersions().Single(v => v.Name == from).Entry;
        Encoding.ASCII.GetBytes(to, Bytes.AsSpan(_sections[Section(VersionNeeds).Link].Offset + (int)U32(entry + 8)));
        // The hash of the System V ABI, by which the loader compares first.
        uint hash = 0;
        foreach (var letter in to)
        {
            hash = (hash << 4) + letter;
            var high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(entry), hash);
    }

    /// <summary>Names an undefined symbol otherwise by changing its last letter; returns the new name.</summary>
    public string Misspell(string symbol)
    {
        var (_, symbols, _, link) = Section(DynamicSymbols);
        var end = _sections[link].Offset + (int)U32(symbols + (24 * SymbolIndex(symbol))) + symbol.Length - 1;
        Bytes[end] = Bytes[end] == (byte)'x' ? (byte)'y' : (byte)'x';
        return symbol[..^1] + (char)Bytes[end];
    }

    /// <summary>Undefined symbols, by name.</summary>
    public IEnumerable<string> UndefinedSymbols() => Symbols().Where(s => s.Section == 0 && s.Name.Length > 0).Select(s => s.Name);

    /// <summary>Where in the file the code or data of a symbol is (in a file whose code lies at its addresses, or with the segment's shift).</summary>
    public int SymbolOffset(string symbol)
    {
        var address = Symbols().Single(s => s.Name == symbol && s.Section != 0).Value;
        // Program headers: type 1 is loaded; offset, address, file size.
        for (var i = 0; i < U16(0x38); i++)
        {
            var header = Position(0x20) + (i * U16(0x36));
            var start = BinaryPrimitives.ReadInt64LittleEndian(Bytes.AsSpan(header + 0x10));
            if (U32(header) == 1 && address >= start && address < start + Position(header + 0x20))
                return (int)(address - start) + Position(header + 8);
        }

        throw new InvalidOperationException($"Symbol {symbol} is in no segment.");
    }

    private IEnumerable<(string Name, int Section, long Value)> Symbols()
    {
        var (_, offset, size, link) = Section(DynamicSymbols);
        for (var at = offset; at < offset + size; at += 24)
            yield return (Text(link, U32(at)), U16(at + 6), BinaryPrimitives.ReadInt64LittleEndian(Bytes.AsSpan(at + 8)));
    }

    private int SymbolIndex(string symbol) => Symbols().Select((s, i) => (s.Name, Index: i)).Single(s => s.Name == symbol).Index;

    private (uint Type, int Offset, int Size, int Link) Section(uint type) => _sections.First(s => s.Type == type);

    private string Text(int section, uint at)
    {
        Assert.AreEqual(Strings, _sections[section].Type);
        var text = Bytes.AsSpan(_sections[section].Offset + (int)at);
        return Encoding.ASCII.GetString(text[..text.IndexOf((byte)0)]);
    }

    private int U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes.AsSpan(at));

    private int Position(int at) => (int)BinaryPrimitives.ReadInt64LittleEndian(Bytes.AsSpan(at));

    private void Set16(int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(Bytes.AsSpan(at), (ushort)value);
}
