using FlipReg;
using FlipReg.Tests.Disks;
using Microsoft.ML;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests.Images;

/// <summary>Decoded images that stay from fit to fit.</summary>
[TestClass]
public sealed class ImageCacheTests
{
    private static readonly ImageShape _shape = new(3, 8, 8);

    private readonly string _cache = Directory.CreateTempSubdirectory("cache").FullName;

    public TestContext TestContext { get; set; } = null!;

    [TestCleanup]
    public void Delete() => Directory.Delete(_cache, recursive: true);

    [TestMethod]
    public void A_second_fit_decodes_nothing_and_gives_the_same_model()
    {
        using var files = new ImageFiles();
        var context = new MLContext(1);
        var data = files.Load(context);
        var expected = Fit(context, data);
        Assert.AreEqual(expected, Fit(context, data));
        Assert.HasCount(1, Directory.GetFiles(_cache));
        // Another picture, of the same length and time: it is not looked into.
        var (path, time) = (files.File0("red"), File.GetLastWriteTimeUtc(files.File0("red")));
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, new byte[bytes.Length]);
        File.SetLastWriteTimeUtc(path, time);
        Assert.AreEqual(expected, Fit(context, data));
        // Of another time, it is.
        File.SetLastWriteTimeUtc(path, time.AddSeconds(2));
        Assertions.Throws<InvalidOperationException>(() => Fit(context, data), path, "unknown format");
        // So it is by other options.
        File.SetLastWriteTimeUtc(path, time);
        Assertions.Throws<InvalidOperationException>(() => Fit(context, data, images => images with { Resize = ImageResize.Fit }), path);
        // Normalization and variation come later: the same file serves.
        Fit(context, data, images => images with { Mean = [0, 0, 0], Augmentation = ImageAugmentation.Light });
        Assert.HasCount(1, Directory.GetFiles(_cache));
    }

    [TestMethod]
    public void Rows_left_out_are_told_again()
    {
        using var files = new ImageFiles();
        var context = new MLContext(1);
        var data = files.Load(context);
        File.Delete(files.File0("blue"));
        var warnings = Log.Warnings(context);
        var expected = Fit(context, data, images => images with { Unreadable = UnreadableImages.Skip });
        Assert.AreEqual(expected, Fit(context, data, images => images with { Unreadable = UnreadableImages.Skip }));
        Assert.HasCount(2, warnings);
        Assert.AreEqual(warnings[0], warnings[1]);
        StringAssert.Contains(warnings[0], "Skipped 1 of 36 rows", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Half_a_file_is_decoded_anew()
    {
        using var files = new ImageFiles();
        var context = new MLContext(1);
        var data = files.Load(context);
        var expected = Fit(context, data);
        var file = Directory.GetFiles(_cache).Single();
        var whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, whole[..(whole.Length / 2)]);
        Assert.AreEqual(expected, Fit(context, data));
        CollectionAssert.AreEqual(whole, File.ReadAllBytes(file));
    }

    [TestMethod]
    public void A_full_disk_costs_the_cache_and_not_the_fit()
    {
        using var files = new ImageFiles();
        using var disk = SmallDisk.Mount(64);
        var context = new MLContext(1);
        var data = files.Load(context);
        var expected = Fit(context, data);
        var filler = disk.Fill();
        var warnings = Log.Warnings(context);
        Assert.AreEqual(expected, Fit(context, data, images => images with { CacheDirectory = disk.Path }));
        Assert.HasCount(1, warnings);
        StringAssert.Contains(warnings[0], "cannot be kept in Images.CacheDirectory", StringComparison.Ordinal);
        CollectionAssert.AreEqual(new[] { filler }, Directory.GetFiles(disk.Path));
        // A folder that cannot be made is told, too.
        Assert.AreEqual(expected, Fit(context, data, images => images with { CacheDirectory = Path.Combine(filler, "x") }));
        StringAssert.Contains(warnings[1], "decoded anew", StringComparison.Ordinal);
    }

    [TestMethod]
    public void A_killed_fit_leaves_nothing_that_is_used() => Kill(3);

    [TestMethod]
    [TestCategory("Slow")]
    public void So_do_many() => Kill(40);

    private void Kill(int kills)
    {
        using var files = new ImageFiles(60);
        var expected = FreshProcess.Run("images", files.Folder, Directory.CreateDirectory(Path.Combine(_cache, "whole")).FullName);
        var (random, left) = (new Random(), 0);
        for (var i = 0; i < kills; i++)
        {
            var folder = Path.Combine(_cache, FormattableString.Invariant($"{i}"));
            using (var process = FreshProcess.Start("images", files.Folder, folder))
            {
                Assert.AreEqual("ready", process.StandardOutput.ReadLine());
                Thread.Sleep(random.Next(700));
                process.Kill();
                process.WaitForExit();
            }

            left += Directory.Exists(folder) && Directory.GetFiles(folder, ".*").Length > 0 ? 1 : 0;
            Assert.AreEqual(expected, FreshProcess.Run("images", files.Folder, folder));
            Assert.HasCount(1, Directory.GetFiles(folder));
        }

        TestContext.WriteLine($"{kills} kills, {left} while a file was written.");
    }

    private string Fit(MLContext context, IDataView data, Func<ImageOptions, ImageOptions>? change = null)
    {
        var images = new ImageOptions { Shape = _shape, CacheDirectory = _cache };
        using var model = context.MulticlassClassification.Trainers.CrossEntropy(ImageFiles.Options(change?.Invoke(images) ?? images)).Fit(data);
        return Assertions.Fingerprint(model.Model);
    }
}
