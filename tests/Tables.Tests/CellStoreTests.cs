using FlipReg.Bench;
using FlipReg.Tables;

namespace Tables.Tests;

[TestClass]
public sealed class CellStoreTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cells").FullName;

    private static CellKey Key { get; } = new("glass", 0.2, 1, "Fer silu");

    [TestCleanup]
    public void Cleanup() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void A_cell_comes_back_as_it_was_saved()
    {
        var cell = new Cell(Key, "identity", 0.75, double.NaN, 1.5, 2, 0.25);
        var store = new CellStore<CellKey, Cell>(_folder);
        Assert.IsNull(store.Find(Key, "identity"));
        store.Save(cell);
        Assert.AreEqual(cell, store.Find(Key, "identity"));
        Assert.HasCount(1, Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [TestMethod]
    public void A_cell_of_other_data_options_or_library_is_not_taken()
    {
        var store = new CellStore<CellKey, Cell>(_folder);
        store.Save(new Cell(Key, "identity", 0.75, 1, 1.5, 2, 0));
        Assert.IsNull(store.Find(Key, "another"));
        Assert.IsNull(store.Find(Key with { Noise = 0.4 }, "identity"));
    }

    [TestMethod]
    public void Nothing_is_read_from_a_part_of_a_file()
    {
        var store = new CellStore<CellKey, Cell>(_folder);
        store.Save(new Cell(Key, "identity", 0.75, 1, 1.5, 2, 0));
        var whole = File.ReadAllBytes(store.PathOf(Key));
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(store.PathOf(Key), whole[..length]);
            Assert.IsNull(store.Find(Key, "identity"), $"{length} bytes of {whole.Length}");
        }
    }
}
