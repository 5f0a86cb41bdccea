using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;

namespace FriendCompile.Tests;

[TestClass]
public sealed class FriendCopyTests
{
    private static readonly string _path = typeof(Subject).Assembly.Location;
    private static readonly byte[] _original = File.ReadAllBytes(_path);
    private static readonly byte[] _copy = FriendCopy.Create(_original);

    [TestMethod]
    [DataRow(nameof(Subject), TypeAttributes.Public)]
    [DataRow(nameof(IPublicSubject), TypeAttributes.Public)]
    [DataRow("PublicNested", TypeAttributes.NestedPublic)]
    [DataRow("ProtectedInternalNested", TypeAttributes.NestedPublic)]
    [DataRow("InternalNested", TypeAttributes.NestedPublic)]
    [DataRow("PrivateProtectedNested", TypeAttributes.NestedPublic)]
    [DataRow("ProtectedNested", TypeAttributes.NestedFamily)]
    [DataRow("PrivateNested", TypeAttributes.NestedPrivate)]
    public void Types_a_friend_may_see_become_public(string name, TypeAttributes expected)
    {
        using var pe = Open(_copy);
        var reader = pe.GetMetadataReader();
        var type = reader.TypeDefinitions.Select(reader.GetTypeDefinition).Single(t => reader.StringComparer.Equals(t.Name, name));
        Assert.AreEqual(expected, type.Attributes & TypeAttributes.VisibilityMask);
    }

    [TestMethod]
    [DataRow("PublicMethod", MethodAttributes.Public)]
    [DataRow("InternalMethod", MethodAttributes.Public)]
    [DataRow("PrivateProtectedMethod", MethodAttributes.Public)]
    [DataRow("Twice", MethodAttributes.Public)]
    [DataRow("get_Property", MethodAttributes.Public)]
    [DataRow("set_Property", MethodAttributes.Public)]
    [DataRow("ProtectedInternalMethod", MethodAttributes.FamORAssem)]
    [DataRow("ProtectedMethod", MethodAttributes.Family)]
    [DataRow("PrivateMethod", MethodAttributes.Private)]
    public void Methods_a_friend_may_see_become_public(string name, MethodAttributes expected)
    {
        using var pe = Open(_copy);
        var reader = pe.GetMetadataReader();
        var method = SubjectType(reader).GetMethods().Select(reader.GetMethodDefinition)
            .Single(m => reader.StringComparer.Equals(m.Name, name));
        Assert.AreEqual(expected, method.Attributes & MethodAttributes.MemberAccessMask);
    }

    [TestMethod]
    [DataRow("PublicField", FieldAttributes.Public)]
    [DataRow("InternalField", FieldAttributes.Public)]
    [DataRow("PrivateProtectedField", FieldAttributes.Public)]
    [DataRow("ProtectedInternalField", FieldAttributes.FamORAssem)]
    [DataRow("ProtectedField", FieldAttributes.Family)]
    [DataRow("_privateField", FieldAttributes.Private)]
    public void Fields_a_friend_may_see_become_public(string name, FieldAttributes expected)
    {
        using var pe = Open(_copy);
        var reader = pe.GetMetadataReader();
        var field = SubjectType(reader).GetFields().Select(reader.GetFieldDefinition)
            .Single(f => reader.StringComparer.Equals(f.Name, name));
        Assert.AreEqual(expected, field.Attributes & FieldAttributes.FieldAccessMask);
    }

    [TestMethod]
    public void Only_accessibility_bits_of_three_tables_change()
    {
        using var pe = Open(_original);
        var reader = pe.GetMetadataReader();
        // Byte for byte: where a table keeps the byte of its flags that holds the accessibility.
        var flags = new HashSet<int>();
        foreach (var (table, offset) in new[] { (TableIndex.TypeDef, 0), (TableIndex.Field, 0), (TableIndex.MethodDef, 6) })
            for (var row = 0; row < reader.GetTableRowCount(table); row++)
                flags.Add(pe.PEHeaders.MetadataStartOffset + reader.GetTableMetadataOffset(table) + row * reader.GetTableRowSize(table) + offset);

        Assert.HasCount(_original.Length, _copy);
        var changed = 0;
        for (var i = 0; i < _original.Length; i++)
        {
            if (_original[i] == _copy[i])
                continue;
            changed++;
            Assert.Contains(i, flags, $"byte {i} holds no accessibility");
            Assert.AreEqual(_original[i] & ~7, _copy[i] & ~7, $"byte {i} changed beyond its three accessibility bits");
        }

        Assert.IsGreaterThan(10, changed);
    }

    [TestMethod]
    public void Code_stays()
    {
        using var before = Open(_original);
        using var after = Open(_copy);
        var bodies = 0;
        foreach (var handle in before.GetMetadataReader().MethodDefinitions)
        {
            var expected = before.GetMetadataReader().GetMethodDefinition(handle).RelativeVirtualAddress;
            var actual = after.GetMetadataReader().GetMethodDefinition(handle).RelativeVirtualAddress;
            Assert.AreEqual(expected, actual);
            if (expected == 0)
                continue;
            bodies++;
            CollectionAssert.AreEqual(before.GetMethodBody(expected).GetILBytes(), after.GetMethodBody(actual).GetILBytes());
        }

        Assert.IsGreaterThan(10, bodies);
    }

    [TestMethod]
    public void The_copy_is_an_assembly_that_loads_and_runs()
    {
        var context = new AssemblyLoadContext("copy", isCollectible: true);
        try
        {
            var type = context.LoadFromStream(new MemoryStream(_copy)).GetType(typeof(Subject).FullName!, throwOnError: true)!;
            Assert.IsTrue(type.IsPublic);
            var twice = type.GetMethod(nameof(Subject.Twice), BindingFlags.Public | BindingFlags.Static)!;
            Assert.AreEqual(42, twice.Invoke(null, [21]));
        }
        finally
        {
            context.Unload();
        }
    }

    [TestMethod]
    public void A_copy_of_the_copy_is_the_copy() => CollectionAssert.AreEqual(_copy, FriendCopy.Create(_copy));

    [TestMethod]
    public void The_tool_writes_copies_and_leaves_the_originals()
    {
        var folder = Directory.CreateTempSubdirectory("friend").FullName;
        try
        {
            // Twice, as an incremental build would: the second writes over the first.
            Assert.AreEqual(0, Program.Main([folder, _path]));
            Assert.AreEqual(0, Program.Main([folder, _path]));
            var written = Directory.GetFiles(folder).Single();
            Assert.AreEqual(Path.GetFileName(_path), Path.GetFileName(written));
            CollectionAssert.AreEqual(_copy, File.ReadAllBytes(written));
            CollectionAssert.AreEqual(_original, File.ReadAllBytes(_path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void The_tools_host_files_stay_beside_the_tool()
    {
        var copied = Directory.GetFiles(AppContext.BaseDirectory, "FriendCompile.*.json").Select(Path.GetFileName).Order();
        CollectionAssert.AreEqual(new[] { "FriendCompile.Tests.deps.json", "FriendCompile.Tests.runtimeconfig.json" }, copied.ToArray());
    }

    [TestMethod]
    public void What_is_no_assembly_is_refused()
    {
        Assert.ThrowsExactly<BadImageFormatException>(() => FriendCopy.Create("no assembly"u8.ToArray()));

        var folder = Directory.CreateTempSubdirectory("friend").FullName;
        try
        {
            var text = Path.Combine(folder, "text.dll");
            File.WriteAllText(text, "no assembly");
            Assert.AreEqual(1, Program.Main([Path.Combine(folder, "out"), text]));
            Assert.AreEqual(1, Program.Main([Path.Combine(folder, "out"), Path.Combine(folder, "absent.dll")]));
            Assert.IsEmpty(Directory.GetFiles(Path.Combine(folder, "out")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static PEReader Open(byte[] image) => new(new MemoryStream(image, writable: false));

    private static TypeDefinition SubjectType(MetadataReader reader) =>
        reader.TypeDefinitions.Select(reader.GetTypeDefinition).Single(t => reader.StringComparer.Equals(t.Name, nameof(Subject)));
}
