using System.Buffers.Binary;
using System.IO.Compression;
using FlipReg.Evidence;

namespace Evidence.Tests;

/// <summary>What the evidence is made of.</summary>
[TestClass]
public sealed class EvidenceTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("evidence").FullName;

    [TestCleanup]
    public void Cleanup() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void Images_and_labels_are_those_of_the_files()
    {
        Write("train-images-idx3-ubyte.gz", 0x803, 3, [.. Enumerable.Range(0, 3 * 784).Select(i => (byte)(i % 251))], 28, 28);
        Write("train-labels-idx1-ubyte.gz", 0x801, 3, [7, 0, 9]);
        var data = FashionMnist.Read(_folder, "train", 2);
        CollectionAssert.AreEqual(new byte[] { 7, 0 }, data.Labels);
        using var table = data.Table();
        Assert.AreEqual((2, 784), (table.Rows, table.Width));
        Assert.AreEqual(784 % 251 / 255f, table.HostRows().Row(1)[0]);
        using var some = FashionMnist.Read(_folder, "train").Table(first: 5, classes: 5);
        CollectionAssert.AreEqual(new long[] { 2, 4 }, some.Labels.data<long>().ToArray());
    }

    [TestMethod]
    public void A_file_of_another_kind_is_refused()
    {
        Write("train-images-idx3-ubyte.gz", 0x801, 1, new byte[784], 28, 28);
        StringAssert.Contains(Assert.ThrowsExactly<FormatException>(() => FashionMnist.Read(_folder, "train")).Message, "must be an IDX file of kind 803. Got 801");
    }

    [TestMethod]
    [DataRow(0, false)]
    [DataRow(0.2, false)]
    [DataRow(0.6, false)]
    [DataRow(0.4, true)]
    public void Exactly_the_share_stated_is_wrong(double rate, bool toNext)
    {
        byte[] labels = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i % 10))];
        var noisy = new Noise(rate, toNext).Apply(labels, 10, seed: 1);
        Assert.AreEqual(rate * 1000, labels.Where((label, i) => noisy[i] != label).Count());
        if (toNext)
            Assert.IsTrue(labels.Select((label, i) => noisy[i] == label || noisy[i] == (label + 1) % 10).All(holds => holds));
    }

    [TestMethod]
    public void Every_run_has_a_file_of_its_own()
    {
        CellKey[] keys = [.. from study in Study.All from noise in study.Noise from variant in study.Variants select new CellKey(study.Name, variant.Name, noise.ToString(), 1)];
        Assert.HasCount(keys.Length, keys.Select(key => key.File).Distinct());
        Assert.HasCount(Study.All.Count, Study.All.Select(study => study.Name).Distinct());
    }

    [TestMethod]
    public void Options_of_every_row_are_valid_and_every_method_is_there()
    {
        var methods = new HashSet<Type>();
        foreach (var (study, noise, variant) in from study in Study.All from noise in study.Noise from variant in study.Variants select (study, noise, variant))
        {
            var options = Trial.Options(variant, noise);
            FlipReg.Training.OptionRules.Check(options);
            if (study.Name == "noise")
                methods.Add(options.GetType());
        }

        CollectionAssert.AreEquivalent(typeof(FlipReg.TrainingOptions).Assembly.GetExportedTypes().Where(t => t.IsSubclassOf(typeof(FlipReg.TrainingOptions))).ToArray(), methods.ToArray());
    }

    private void Write(string name, int magic, int rows, byte[] values, params int[] sizes)
    {
        using var file = new GZipStream(File.Create(Path.Combine(_folder, name)), CompressionLevel.Fastest);
        foreach (var number in sizes.Prepend(rows).Prepend(magic))
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bytes, number);
            file.Write(bytes);
        }

        file.Write(values);
    }
}
