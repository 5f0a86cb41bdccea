using FlipReg.Data;
using FlipReg.Regularizers;
using FlipReg.Tests.Disks;
using FlipReg.Tests.Training;
using FlipReg.Training;
using FlipReg.Training.Checkpoints;
using static TorchSharp.torch;

namespace FlipReg.Tests.Regularizers;

/// <summary>Where a bank is does not change a fit, and its precision hardly.</summary>
[TestClass]
public sealed class RowBankTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("bank").FullName;

    public static IEnumerable<object[]> Methods() => [[new FerOptions()], [new FerElrOptions()], [new ElrOptions()], [new LwrOptions()]];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Every_storage_gives_the_same_bits_and_half_precision_nearly_the_same(TrainingOptions options)
    {
        using var table = TestData.Blobs(120, 4, 3, spread: 1.5);
        (options.Epochs, options.BatchSize, options.Network) = (6, 20, NetworkSpec.Mlp([16]));
        var expected = Fit(new BankOptions());
        var half = Fit(new BankOptions { Precision = BankPrecision.Half });
        foreach (var storage in Enum.GetValues<BankStorage>())
        {
            CollectionAssert.AreEqual(expected, Fit(new BankOptions { Storage = storage, Directory = _directory }), $"{storage}");
            CollectionAssert.AreEqual(half, Fit(new BankOptions { Storage = storage, Directory = _directory, Precision = BankPrecision.Half }), $"{storage}, half");
        }

        CollectionAssert.AreNotEqual(expected, half);
        using var found = tensor(half);
        TestData.AreClose(expected, found, 5e-3, 5e-3, "half precision");

        float[] Fit(BankOptions bank)
        {
            options.GetType().GetProperty("Bank")!.SetValue(options, bank);
            return TrainerTests.Weights(table, options, 1);
        }
    }

    [TestMethod]
    public void Beyond_the_budget_the_bank_is_a_file_without_a_name()
    {
        // 1,000 × 600 values: 2.3 MiB in float32, 1.1 in float16.
        var context = new RegularizerContext(new long[1000], 600, CPU, 1);
        var options = new BankOptions { BudgetMiB = 2, Directory = _directory };
        Assert.AreEqual(BankStorage.MemoryMapped, Storage(options));
        Assert.AreEqual(BankStorage.Device, Storage(options with { BudgetMiB = 3 }));
        Assert.AreEqual(BankStorage.Device, Storage(options with { Precision = BankPrecision.Half }));
        Assert.IsEmpty(Directory.GetFileSystemEntries(_directory));

        BankStorage Storage(BankOptions options)
        {
            using var values = RowBank.Create("A bank", 1, options, context)[0].Values;
            Assert.AreEqual(0, values.abs().max().to(float32).item<float>());
            return File.ReadLines("/proc/self/maps").Any(line => line.Contains(_directory, StringComparison.Ordinal)) ? BankStorage.MemoryMapped : BankStorage.Device;
        }
    }

    [TestMethod]
    public void A_stopped_fit_with_a_mapped_bank_goes_on_with_the_same_bits()
    {
        using var table = TestData.Blobs(120, 4, 3, spread: 1.5);
        var options = new FerOptions { Epochs = 6, BatchSize = 20, Network = NetworkSpec.Mlp([16]), Bank = new() { Storage = BankStorage.MemoryMapped, Precision = BankPrecision.Half, Directory = _directory } };
        var expected = TrainerTests.Weights(table, options, 1);
        options.CheckpointDirectory = Path.Combine(_directory, "checkpoints");
        options.Progress = report =>
        {
            if (report.Epoch == 3)
                throw new TimeoutException();
        };
        Assert.ThrowsExactly<TimeoutException>(Go);
        options.Progress = null;
        // The storage may differ: it does not change the result.
        options.Bank = options.Bank with { Storage = BankStorage.Host };
        CollectionAssert.AreEqual(expected, Go());

        float[] Go()
        {
            using var store = CheckpointStore.Open(options.CheckpointDirectory!, _ => { });
            using var network = NetworkTrainer.Fit(table, null, 3, options, new FitContext { Seed = 1, Device = CPU, Checkpoints = store }).Network;
            return [.. network.State.SelectMany(s => s.Value.ToHost<float>())];
        }
    }

    [TestMethod]
    public void A_bank_that_no_disk_or_no_folder_holds_is_refused()
    {
        using var disk = SmallDisk.Mount(512);
        var context = new RegularizerContext(new long[100_000], 600, CPU, 1);
        Refused(disk.Path, $"A bank must fit into a file in '{disk.Path}'. Got 100,000 rows and 600 classes, which take 228 MiB. The disk has 0 MiB free. Give the Bank another Directory, make room, or use fewer rows or classes.");
        Refused(Path.Combine(_directory, "none"), $"A bank must fit into a file in '{Path.Combine(_directory, "none")}'. Got 100,000 rows and 600 classes, which take 228 MiB. ");
        Assert.IsEmpty(Directory.GetFiles(disk.Path));

        void Refused(string folder, string message) => StringAssert.StartsWith(Assert.ThrowsExactly<InvalidOperationException>(() =>
            RowBank.Create("A bank", 1, new BankOptions { Storage = BankStorage.MemoryMapped, Directory = folder }, context)).Message, message);
    }
}
