using FlipReg.Data;

namespace FlipReg.Tests;

[TestClass]
public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("atomic").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void The_new_file_takes_the_old_ones_place_and_nothing_else_is_left()
    {
        var path = Path.Combine(_folder, "model.zip");
        foreach (var content in new byte[][] { [1, 2, 3], [], [4] })
        {
            AtomicFile.Write(path, stream => stream.Write(content));
            CollectionAssert.AreEqual(content, File.ReadAllBytes(path));
        }

        CollectionAssert.AreEqual(new[] { path }, Directory.GetFileSystemEntries(_folder));
    }

    [TestMethod]
    public void A_failure_leaves_the_old_file()
    {
        var path = Path.Combine(_folder, "model.zip");
        AtomicFile.Write(path, stream => stream.WriteByte(1));
        Assert.ThrowsExactly<TimeoutException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[100_000]);
            throw new TimeoutException();
        }));
        CollectionAssert.AreEqual(new byte[] { 1 }, File.ReadAllBytes(path));
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => AtomicFile.Write(Path.Combine(_folder, "none", "model.zip"), _ => { }));
        Directory.CreateDirectory(Path.Combine(_folder, "folder"));
        Assert.IsInstanceOfType<IOException>(Assert.Throws<IOException>(() => AtomicFile.Write(Path.Combine(_folder, "folder"), _ => { })));
        Assert.HasCount(2, Directory.GetFileSystemEntries(_folder));
    }

    [TestMethod]
    public void Of_writers_side_by_side_one_wins_as_a_whole()
    {
        var path = Path.Combine(_folder, "model.zip");
        Parallel.For(0, 40, i => AtomicFile.Write(path, stream => stream.Write([.. Enumerable.Repeat((byte)i, 10_000)])));
        var content = File.ReadAllBytes(path);
        Assert.HasCount(10_000, content);
        Assert.AreEqual(1, content.Distinct().Count());
        Assert.HasCount(1, Directory.GetFileSystemEntries(_folder));
    }
}
