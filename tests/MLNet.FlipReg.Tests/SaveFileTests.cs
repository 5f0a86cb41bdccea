using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using FlipReg;
using FlipReg.Encoders;
using FlipReg.Networks;
using Microsoft.ML;
using MLNet.FlipReg.Scoring;
using MLNet.FlipReg.Tests.Support;
using TorchSharp;

namespace MLNet.FlipReg.Tests;

/// <summary>SaveFile and LoadFile: the old file or the new one, and no damage goes unseen.</summary>
[TestClass]
public sealed partial class SaveFileTests
{
    private static readonly MLContext _context = new(1);
    private static ITransformer _model = null!;
    private static DataViewSchema _schema = null!;
    private static string _folder = "";

    private static string Path => System.IO.Path.Combine(_folder, "model.zip");

    [ClassInitialize]
    public static void Fit(TestContext _)
    {
        // With a normalizer: ML.NET's own entry, whose damage ML.NET does not see.
        var data = Blobs.Keyed(_context);
        _model = _context.Transforms.NormalizeMeanVariance("Features").Append(TrainerUnderTest.Named("Fer").CreateFast(_context)).Fit(data);
        _schema = data.Schema;
        _folder = Directory.CreateTempSubdirectory("savefile").FullName;
    }

    [ClassCleanup]
    public static void Clean()
    {
        ((IDisposable)_model).Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [TestInitialize]
    public void Save() => _context.Model.SaveFile(_model, _schema, Path);

    [TestMethod]
    public void What_is_saved_is_loaded_by_LoadFile_by_Load_and_by_any_zip_reader()
    {
        var expected = Scores(_model);
        var own = new MLContext().Model.LoadFile(Path, out var schema);
        CollectionAssert.AreEqual(_schema.Select(c => c.Name).ToArray(), schema!.Select(c => c.Name).ToArray());
        Assertions.AreSame(expected, Scores(own));
        var stock = new MLContext().Model.Load(Path, out schema);
        Assert.IsNotNull(schema);
        Assertions.AreSame(expected, Scores(stock));
        using var archive = ZipFile.OpenRead(Path);
        StringAssert.StartsWith(archive.Comment, "MLNet.FlipReg: SHA-256 of all bytes before it: ", StringComparison.Ordinal);
        CollectionAssert.AreEqual(new[] { Path }, Directory.GetFileSystemEntries(_folder));
        ((IDisposable)own).Dispose();
        ((IDisposable)stock).Dispose();
    }

    [TestMethod]
    public void A_flipped_bit_anywhere_is_found() => Flip(step: 13);

    [TestMethod]
    [TestCategory("Slow")]
    public void Every_flipped_bit_is_found() => Flip(step: 1);

    [TestMethod]
    public void A_file_cut_off_or_longer_is_refused()
    {
        var whole = File.ReadAllBytes(Path);
        foreach (var content in new[] { [], whole[..1], whole[..64], whole[..200], whole[..(whole.Length / 2)], whole[..^1], [.. whole, 0], [.. whole, .. whole[^111..]] })
        {
            File.WriteAllBytes(Path, content);
            Assertions.Throws<FormatException>(() => _context.Model.LoadFile(Path, out _), $"Model file '{Path}' must ");
        }
    }

    [TestMethod]
    public void A_file_of_Model_Save_has_no_digest_and_LoadFile_says_so()
    {
        _context.Model.Save(_model, _schema, Path);
        Assertions.Throws<FormatException>(() => _context.Model.LoadFile(Path, out _),
            "must end with the SHA-256 that SaveFile writes. Got none: Model.Save wrote it, or it is cut off or altered. Save the model with SaveFile; Model.Load loads a file without checking it.");
    }

    [TestMethod]
    public void A_zip_made_to_fill_the_disk_is_refused_with_the_right_digest()
    {
        using (var file = new FileStream(Path, FileMode.Create, FileAccess.ReadWrite))
        {
            using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            {
                using var entry = archive.CreateEntry("Schema").Open();
                for (var i = 0; i < 80; i++)
                    entry.Write(new byte[1 << 20]);
            }

            Persistence.FileDigest.Append(file);
        }

        Assertions.Throws<FormatException>(() => _context.Model.LoadFile(Path, out _), "Entry 'Schema' of a model file must expand to at most 100 times its length, or to 64 MiB. Got ");
    }

    [TestMethod]
    public void A_failure_leaves_the_old_file()
    {
        var old = File.ReadAllBytes(Path);
        var disposed = TrainerUnderTest.Named("Fer").Fit(_context);
        disposed.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => _context.Model.SaveFile(disposed, null, Path));
        CollectionAssert.AreEqual(old, File.ReadAllBytes(Path));
        Assert.HasCount(1, Directory.GetFileSystemEntries(_folder));
        Assert.ThrowsExactly<ArgumentNullException>(() => _context.Model.SaveFile(null!, null, Path));
        Assert.ThrowsExactly<ArgumentException>(() => _context.Model.SaveFile(_model, null, ""));
        Assert.ThrowsExactly<FileNotFoundException>(() => _context.Model.LoadFile(Path + "x", out _));
    }

    [TestMethod]
    public void A_folder_that_cannot_be_written_is_named()
    {
        // One that is missing, one that is a file, and one that nobody can write to, root neither.
        foreach (var path in new[] { System.IO.Path.Combine(_folder, "none", "model.zip"), System.IO.Path.Combine(Path, "model.zip"), "/proc/model.zip" })
            Assertions.Throws<IOException>(() => _context.Model.SaveFile(_model, null, path), $"Model file '{path}' must be in a folder that can be written, with room for it. ", "Give another path");
    }

    [TestMethod]
    public void A_full_disk_leaves_the_old_file()
    {
        var disk = Directory.CreateDirectory(System.IO.Path.Combine(_folder, "disk")).FullName;
        if (Mount("tmpfs", disk, "tmpfs", 0, "size=256k") != 0)
        {
            Directory.Delete(disk);
            Assert.Inconclusive($"A small file system cannot be mounted here: {Marshal.GetLastPInvokeErrorMessage()}. Run as root.");
        }

        try
        {
            var path = System.IO.Path.Combine(disk, "model.zip");
            _context.Model.SaveFile(_model, _schema, path);
            var old = File.ReadAllBytes(path);
            var filler = System.IO.Path.Combine(disk, "filler");
            // From no room at all to room for all but the last bytes.
            for (var room = 0; room < old.Length; room += 4096)
            {
                File.WriteAllBytes(filler, new byte[new DriveInfo(disk).AvailableFreeSpace - room]);
                Assertions.Throws<IOException>(() => _context.Model.SaveFile(_model, _schema, path), $"Model file '{path}' must be in a folder that can be written, with room for it. ", "No space left on device");
                CollectionAssert.AreEqual(old, File.ReadAllBytes(path));
                Assert.HasCount(2, Directory.GetFileSystemEntries(disk), "What was written aside is gone.");
                File.Delete(filler);
            }

            _context.Model.SaveFile(_model, _schema, path);
            _ = _context.Model.LoadFile(path, out _);
        }
        finally
        {
            Assert.AreEqual(0, Unmount(disk, 0));
            Directory.Delete(disk);
        }
    }

    [TestMethod]
    public void A_saver_that_is_killed_leaves_a_whole_file() => Kill(times: 3);

    [TestMethod]
    [TestCategory("Slow")]
    public void A_saver_that_is_killed_often_leaves_a_whole_file() => Kill(times: 40);

    [TestMethod]
    public void Of_savers_side_by_side_one_wins_as_a_whole()
    {
        Parallel.For(0, 24, i =>
        {
            _context.Model.SaveFile(_model, i % 2 == 0 ? _schema : null, Path);
            ((IDisposable)new MLContext().Model.LoadFile(Path, out _)).Dispose();
        });
        Assert.HasCount(1, Directory.GetFileSystemEntries(_folder));
    }

    [TestMethod]
    public void Loading_takes_the_models_size_and_saving_next_to_nothing() => Memory(width: 3000);

    [TestMethod]
    [TestCategory("Slow")]
    public void A_gigabyte_loads_in_little_more_and_saves_in_next_to_nothing() => Memory(width: 15_500);

    private static void Memory(int width)
    {
        using var small = TrainerUnderTest.Named("Fer").Fit(_context);
        var spec = NetworkSpec.Mlp([width, width]).Bind(4, 3);
        var large = System.IO.Path.Combine(_folder, "large.zip");
        using (var generator = new torch.Generator(1))
        {
            var network = new Network(spec, torch.CPU);
            network.Initialize(generator, generator);
            using var model = new FlipRegPredictionTransformer(new FlipRegModelParameters(new ModelContent(network, InputEncoder.Identity(4), "FER", "Label", new("Features", 4), small.Model.Names, small.Model.OptionsJson, [])), small.Device);
            _context.Model.SaveFile(model, null, large);
        }

        var kilobytes = FreshProcess.Run("memory", Path, large, System.IO.Path.Combine(_folder, "again.zip")).Split('\n').Select(line => int.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        var size = spec.ParameterCount!.Value * sizeof(float) / 1024;
        Console.WriteLine(FormattableString.Invariant($"A model of {size >> 10} MiB: {kilobytes[0] >> 10} MiB to load, {kilobytes[1] >> 10} MiB to save."));
        Assert.IsLessThan(size + 25_000, kilobytes[0]);
        Assert.IsLessThan(25_000, kilobytes[1]);
        File.Delete(large);
        File.Delete(System.IO.Path.Combine(_folder, "again.zip"));
    }

    private static void Flip(int step)
    {
        var content = File.ReadAllBytes(Path);
        var damaged = System.IO.Path.Combine(_folder, "damaged.zip");
        for (var i = 0; i < content.Length; i++)
        {
            for (var bit = step == 1 ? 0 : i % 8; bit < 8; bit += step == 1 ? 1 : 8)
            {
                if (step > 1 && i % step != 0 && i < content.Length - 140)
                    continue;
                content[i] ^= (byte)(1 << bit);
                File.WriteAllBytes(damaged, content);
                content[i] ^= (byte)(1 << bit);
                Assert.ThrowsExactly<FormatException>(() => _context.Model.LoadFile(damaged, out _), $"bit {bit} of byte {i} of {content.Length}");
            }
        }

        File.Delete(damaged);
    }

    private static void Kill(int times)
    {
        using var other = TrainerUnderTest.Named("Ols").Fit(_context, o => o.Network = NetworkSpec.Mlp([300, 300]));
        var (a, b, target) = (System.IO.Path.Combine(_folder, "a.zip"), System.IO.Path.Combine(_folder, "b.zip"), System.IO.Path.Combine(_folder, "target.zip"));
        _context.Model.Save(_model, null, a);
        _context.Model.Save(other, null, b);
        var random = new Random(5);
        for (var i = 0; i < times; i++)
        {
            using var process = FreshProcess.Start("save", a, b, target);
            Assert.AreEqual("saved", process.StandardOutput.ReadLine());
            Thread.Sleep(random.Next(150));
            process.Kill();
            process.WaitForExit();
            using var loaded = (IDisposable)_context.Model.LoadFile(target, out _);
            Assert.HasCount(60, Scores((ITransformer)loaded));
        }

        foreach (var path in Directory.GetFiles(_folder).Where(path => path != Path))
            File.Delete(path);
    }

    private static float[][] Scores(ITransformer model) => Blobs.Scores(_context, model.Transform(Blobs.Keyed(_context)));

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);
}
