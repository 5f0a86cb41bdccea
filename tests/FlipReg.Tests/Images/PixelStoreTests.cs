using FlipReg.Data;
using FlipReg.Images;
using FlipReg.Tests.Disks;
using static TorchSharp.torch;

namespace FlipReg.Tests.Images;

/// <summary>Where decoded images are: in memory, in a file for one fit, or in one that later fits find.</summary>
[TestClass]
public sealed class PixelStoreTests : IDisposable
{
    private static readonly ImageShape _shape = new(3, 30, 20);

    private readonly string _folder = Directory.CreateTempSubdirectory("pixels").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DataRow(null, 1L << 30)]
    [DataRow(400L, 1L << 30)]
    [DataRow(1000L, 1L << 30)]
    [DataRow(null, 100_000L)]
    [DataRow(400L, 100_000L)]
    public void What_is_collected_comes_back(long? expectedRows, long memory)
    {
        const int Rows = 400;
        var bytes = ImageTables.Bytes(Rows, _shape);
        using var collector = new PixelCollector(_shape, expectedRows, memory, _folder);
        for (var row = 0; row < Rows; row++)
            collector.Add(bytes.AsSpan(row * _shape.Values, _shape.Values));
        using (var rows = collector.ToRows())
        {
            Assert.AreEqual(memory > 1_000_000, rows.IsInMemory);
            Assert.HasCount(rows.IsInMemory ? 0 : 1, Directory.GetFiles(_folder));
            CollectionAssert.AreEqual(bytes, All(rows));
            var apart = Enumerable.Range(0, Rows).Select(row => row % 3 == 1).ToArray();
            var (kept, others) = rows.Divide(apart);
            using (kept)
            using (others)
            {
                CollectionAssert.AreEqual(bytes.Chunk(_shape.Values).Where((_, row) => row % 3 != 1).SelectMany(b => b).ToArray(), All(kept));
                CollectionAssert.AreEqual(bytes.Chunk(_shape.Values).Where((_, row) => row % 3 == 1).SelectMany(b => b).ToArray(), All(others));
            }
        }

        Assert.IsEmpty(Directory.GetFiles(_folder));
    }

    [TestMethod]
    public void Batches_are_normalized_as_the_encoder_does()
    {
        using var scope = NewDisposeScope();
        using var rows = ImageTables.Rows(ImageTables.Bytes(50, _shape), _shape);
        var scaling = PixelScaling.Of(rows, new ImageOptions { Shape = _shape });
        using var batches = new PixelBatches(rows, scaling, CPU);
        var normalized = batches.Normalized(0, 50);
        var channels = normalized.view(50, 3, -1);
        foreach (var value in channels.mean([0, 2]).ToHost<float>())
            Assert.AreEqual(0, value, 1e-3);
        foreach (var value in channels.pow(2).mean([0, 2]).ToHost<float>())
            Assert.AreEqual(1, value, 1e-3);
        var (encoder, raw, row) = (scaling.ToEncoder(), All(rows).Select(b => (float)b).ToArray(), new float[_shape.Values]);
        encoder.Encode(raw.AsSpan(3 * _shape.Values, _shape.Values), row);
        var actual = batches.Normalized(3, 1).ToHost<float>();
        for (var i = 0; i < row.Length; i++)
            Assert.AreEqual(row[i], actual[i], 1e-5);
        Assert.AreEqual(normalized.abs().max().ToHost<float>()[0], scaling.Largest, 0.05);
        // Given constants, and a channel of one value.
        var given = PixelScaling.Of(rows, new ImageOptions { Shape = _shape, Mean = ImageOptions.ImageNetMean, StandardDeviation = ImageOptions.ImageNetStandardDeviation });
        Assert.AreEqual(0.485 * 255, given.Shifts[0], 1e-4);
        Assert.AreEqual(1 / (0.225 * 255), given.Scales[2], 1e-6);
        using var flat = ImageTables.Rows(new byte[2 * _shape.Values], _shape);
        Assert.AreEqual(1f, PixelScaling.Of(flat, new ImageOptions { Shape = _shape }).Scales[0]);
    }

    [TestMethod]
    public void A_kept_file_is_found_for_the_same_files_and_options_alone()
    {
        var files = Files();
        using (var rows = ImageTables.Rows(ImageTables.Bytes(3, _shape), _shape))
            new PixelCache(_folder, "rules", files).Keep(rows, [new MissingImage(1, "no image")]);
        using (var found = new PixelCache(_folder, "rules", files).TryOpen(_shape.Values)!)
        {
            Assert.AreEqual(3, found.Rows);
            CollectionAssert.AreEqual(new[] { new MissingImage(1, "no image") }, found.Missing.ToArray());
            using var rows = new PixelRows(found, _shape);
            CollectionAssert.AreEqual(ImageTables.Bytes(3, _shape), All(rows));
        }

        Assert.IsNull(new PixelCache(_folder, "other rules", files).TryOpen(_shape.Values));
        Assert.IsNull(new PixelCache(_folder, "rules", files.Reverse()).TryOpen(_shape.Values));
        Assert.IsNull(new PixelCache(_folder, "rules", files).TryOpen(_shape.Values - 1));
        File.SetLastWriteTimeUtc(files[0], DateTime.UtcNow.AddMinutes(-3));
        Assert.IsNull(new PixelCache(_folder, "rules", files).TryOpen(_shape.Values));
    }

    [TestMethod]
    public void A_part_of_a_file_or_a_damaged_head_is_never_used()
    {
        var files = Files();
        var cache = new PixelCache(_folder, "rules", files);
        using (var rows = ImageTables.Rows(ImageTables.Bytes(3, _shape), _shape))
            cache.Keep(rows, [new MissingImage(0, "no image")]);
        var path = Directory.GetFiles(_folder, "*.images").Single();
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length += length < 100 ? 7 : 311)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.IsNull(cache.TryOpen(_shape.Values), $"{length} bytes");
        }

        for (var i = 0; i < PixelFile.HeadBytes; i++)
        {
            if (i is >= 28 and < 32)
                continue;
            var damaged = (byte[])whole.Clone();
            damaged[i] ^= 0x40;
            File.WriteAllBytes(path, damaged);
            Assert.IsNull(cache.TryOpen(_shape.Values), $"byte {i}");
        }

        File.WriteAllBytes(path, whole);
        using var file = cache.TryOpen(_shape.Values)!;
        // Cut off while it is used: an error, and no dead process.
        File.WriteAllBytes(path, whole[..200]);
        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => file.Read(2, new byte[_shape.Values])).Message, "must keep its 3 images", StringComparison.Ordinal);
    }

    [TestMethod]
    public void What_a_killed_fit_left_is_removed_and_what_another_writes_is_not()
    {
        var left = Path.Combine(_folder, ".images-1.tmp");
        File.WriteAllText(left, "half");
        File.WriteAllText(Path.Combine(_folder, ".abc.images.2.tmp"), "half");
        File.WriteAllText(Path.Combine(_folder, ".other.tmp"), "not ours");
        using var collector = new PixelCollector(_shape, null, 1, _folder);
        collector.Add(new byte[_shape.Values]);
        _ = new PixelCache(_folder, "rules", []);
        var names = Directory.GetFiles(_folder).Select(Path.GetFileName).Order().ToArray();
        Assert.HasCount(2, names);
        Assert.AreEqual(".other.tmp", names[1]);
    }

    [TestMethod]
    public void A_full_disk_is_an_error_that_says_what_to_do()
    {
        using var disk = SmallDisk.Mount(200);
        var collector = new PixelCollector(_shape, null, 10_000, disk.Path);
        var error = Assert.ThrowsExactly<IOException>(() =>
        {
            for (var row = 0; row < 400; row++)
                collector.Add(new byte[_shape.Values]);
            collector.ToRows().Dispose();
        });
        collector.Dispose();
        foreach (var part in new[] { disk.Path, "must have room for the decoded images", "No space left", "Images.CacheDirectory", "MemoryMegabytes" })
            StringAssert.Contains(error.Message, part, StringComparison.Ordinal);
        Assert.IsEmpty(Directory.GetFiles(disk.Path));
        using var rows = ImageTables.Rows(ImageTables.Bytes(400, _shape), _shape);
        var cache = new PixelCache(disk.Path, "rules", []);
        Assert.ThrowsExactly<IOException>(() => cache.Keep(rows, []));
        Assert.IsEmpty(Directory.GetFiles(disk.Path));
        Assert.IsNull(cache.TryOpen(_shape.Values));
    }

    private static byte[] All(PixelRows rows)
    {
        var all = new List<byte>();
        rows.ReadBytes(bytes => all.AddRange(bytes));
        return [.. all];
    }

    private string[] Files()
    {
        string[] files = [Path.Combine(_folder, "a.png"), Path.Combine(_folder, "b.png"), Path.Combine(_folder, "absent.png")];
        File.WriteAllText(files[0], "a");
        File.WriteAllText(files[1], "b");
        return files;
    }
}
