using FlipReg;
using Microsoft.ML;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests.Images;

/// <summary>What LoadImageFolder makes of folders.</summary>
[TestClass]
public sealed class ImageFolderTests
{
    private static readonly byte[] _image = TestImages.Png(2, 2, TestImages.Pattern);

    private readonly string _root = Directory.CreateTempSubdirectory("folder").FullName;

    [TestCleanup]
    public void Delete() => Directory.Delete(_root, recursive: true);

    [TestMethod]
    public void Paths_and_classes_come_in_ordinal_order()
    {
        foreach (var name in new[] { "b/2.png", "b/10.png", "a/z.png", "a/inner/k.png", "B/1.png" })
            Write(name, _image);
        var context = new MLContext(1);
        var warnings = Log.Warnings(context);
        var data = context.Data.LoadImageFolder(_root, out var report);
        var expected = new[] { ("B", "B/1.png"), ("a", "a/inner/k.png"), ("a", "a/z.png"), ("b", "b/10.png"), ("b", "b/2.png") };
        for (var pass = 0; pass < 2; pass++)
            CollectionAssert.AreEqual(expected, Rows(context, data, "ImagePath", "Label"));
        CollectionAssert.AreEqual(new ImageClass[] { new("B", 1), new("a", 2), new("b", 2) }, report.Classes.ToArray());
        Assert.IsEmpty(report.Skipped);
        Assert.IsEmpty(warnings);
        data = context.Data.LoadImageFolder(_root, new ImageFolderOptions { PathColumnName = "File", LabelColumnName = "Kind" });
        CollectionAssert.AreEqual(expected, Rows(context, data, "File", "Kind"));
    }

    [TestMethod]
    public void What_is_not_an_image_is_counted_and_named()
    {
        foreach (var name in new[] { "a/1.png", "b/2.jpg" })
            Write(name, _image);
        Write("README.md", "A text."u8.ToArray());
        Write("a/list.txt", "A text."u8.ToArray());
        Write("a/nothing.png", []);
        Write("b/scan.png", "II*\0\u0008\0\0\0"u8.ToArray());
        Write("a/.DS_Store", [1, 2, 3]);
        Directory.CreateDirectory(Path.Combine(_root, "c"));
        var context = new MLContext(1);
        var warnings = Log.Warnings(context);
        context.Data.LoadImageFolder(_root, out var report);
        CollectionAssert.AreEqual(
            new SkippedFile[] { new("README.md", "outside of the class folders"), new("a/list.txt", "a text"), new("a/nothing.png", "an empty file"), new("b/scan.png", "TIFF") }, report.Skipped.ToArray());
        CollectionAssert.AreEqual(new[] { "c" }, report.EmptyClasses.ToArray());
        Assert.HasCount(1, warnings);
        foreach (var part in new[] { "2 images in 2 classes", "4 other files", "'a/list.txt' (a text)", "1 class folders have no image: 'c'" })
            StringAssert.Contains(warnings[0], part, StringComparison.Ordinal);
        Assertions.Throws<InvalidOperationException>(() => context.Data.LoadImageFolder(_root, new ImageFolderOptions { NotImages = UnreadableImages.Error }), "4 other files", "'a/list.txt' (a text)", "'c'", "NotImages");
    }

    [TestMethod]
    public void Links_out_of_the_folder_are_not_followed()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("Links need rights on Windows.");
        var outside = Directory.CreateTempSubdirectory("outside").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(outside, "x.png"), _image);
            Write("a/1.png", _image);
            Write("b/2.png", _image);
            File.CreateSymbolicLink(Path.Combine(_root, "a", "in.png"), Path.Combine(_root, "b", "2.png"));
            File.CreateSymbolicLink(Path.Combine(_root, "a", "out.png"), Path.Combine(outside, "x.png"));
            File.CreateSymbolicLink(Path.Combine(_root, "a", "gone.png"), Path.Combine(outside, "gone.png"));
            Directory.CreateSymbolicLink(Path.Combine(_root, "a", "loop"), _root);
            Directory.CreateSymbolicLink(Path.Combine(_root, "c"), outside);
            var context = new MLContext(1);
            var data = context.Data.LoadImageFolder(_root, out var report);
            CollectionAssert.AreEqual(new[] { ("a", "a/1.png"), ("a", "a/in.png"), ("b", "b/2.png") }, Rows(context, data, "ImagePath", "Label"));
            CollectionAssert.AreEqual(new SkippedFile[] { new("a/gone.png", "a link to nothing"), new("a/loop", "a link to a folder"), new("a/out.png", "a link out of the folder"), new("c", "a link to a folder") }, report.Skipped.ToArray());
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [TestMethod]
    public void A_folder_without_images_is_an_error()
    {
        var data = new MLContext(1).Data;
        Assertions.Throws<DirectoryNotFoundException>(() => data.LoadImageFolder(Path.Combine(_root, "absent")), "absent' must be a folder", "Got nothing");
        Assertions.Throws<InvalidOperationException>(() => data.LoadImageFolder(_root), "must hold a folder with images for each class. Got no folder");
        Directory.CreateDirectory(Path.Combine(_root, "empty"));
        Write("1.png", _image);
        Assertions.Throws<InvalidOperationException>(() => data.LoadImageFolder(_root), "Got no image in 'empty'", "'1.png' (outside of the class folders)");
        Assertions.Throws<DirectoryNotFoundException>(() => data.LoadImageFolder(Path.Combine(_root, "1.png")), "Got a file");
        Assertions.Throws<ArgumentOutOfRangeException>(() => data.LoadImageFolder(_root, new ImageFolderOptions { LabelColumnName = "" }), "LabelColumnName must be given");
    }

    private void Write(string name, byte[] content)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    private (string Label, string Path)[] Rows(MLContext context, IDataView data, string path, string label)
    {
        var paths = context.Data.CreateEnumerable<PathRow>(data, false, schemaDefinition: Schema(path)).Select(row => Path.GetRelativePath(_root, row.Value));
        return [.. context.Data.CreateEnumerable<PathRow>(data, false, schemaDefinition: Schema(label)).Select(row => row.Value).Zip(paths)];
    }

    private static Microsoft.ML.Data.SchemaDefinition Schema(string column)
    {
        var schema = Microsoft.ML.Data.SchemaDefinition.Create(typeof(PathRow));
        schema[nameof(PathRow.Value)].ColumnName = column;
        return schema;
    }

    private sealed class PathRow
    {
        public string Value { get; set; } = "";
    }
}
