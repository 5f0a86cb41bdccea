using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using FlipReg.Bench;
using FlipReg.Data;
using FlipReg.Evidence;
using FlipReg.Runtime;

RunOptions options;
FashionMnist training, test;
try
{
    options = RunOptions.Parse(args);
    training = FashionMnist.Read(options.Data, "train", 10_000);
    test = FashionMnist.Read(options.Data, "t10k");
}
catch (Exception e) when (e is ArgumentException or IOException or FormatException)
{
    Console.Error.WriteLine($"evidence: {e.Message}");
    return 2;
}

NativeLibraries.Require();
using var testRows = test.Table();
var store = new CellStore<CellKey, Cell>(options.Cells);
var clock = Stopwatch.StartNew();
var (done, failed) = (new List<Cell>(), 0);
foreach (var seed in options.Seeds)
{
    foreach (var (study, noise, variant) in from study in options.Studies from noise in study.Noise from variant in study.Variants select (study, noise, variant))
    {
        var key = new CellKey(study.Name, variant.Name, noise.ToString(), seed);
        var cell = store.Find(key, Trial.Identity(Trial.Options(variant, noise)));
        if (cell is null && clock.Elapsed.TotalSeconds < options.Seconds)
        {
            try
            {
                cell = Trial.Run(key, variant, noise, training, testRows);
            }
            catch (Exception e) when (e is InvalidOperationException or ArgumentException or FlipReg.TrainingDivergedException)
            {
                Console.Error.WriteLine($"evidence: {key} failed: {e.Message}");
                failed++;
                continue;
            }

            store.Save(cell);
            Console.WriteLine(FormattableString.Invariant($"{key}: accuracy {cell.Last:.0000}, best {cell.Best:.0000}, ECE {cell.CalibrationError:0.000}, RFE {cell.RelativeFlippingError:0.000}, {cell.Seconds:0.0} s"));
        }

        if (cell is not null)
            done.Add(cell);
    }
}

var report = new Report(done, options.Studies, options.Seeds.Count);
var file = options.Report;
Func<Study, string?> pictureOf = study => study.Noise.Count < 3 || file is null ? null : $"{Path.GetFileNameWithoutExtension(file)}.{study.Name}.svg";
var text = report.Text(FormattableString.Invariant($"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}."), pictureOf);
Console.Write(text);
if (file is not null)
{
    var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
    Directory.CreateDirectory(folder);
    foreach (var study in options.Studies)
    {
        if (pictureOf(study) is { } name)
            Picture.Save(report, study, Path.Combine(folder, name));
    }

    AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}

return failed > 0 ? 1 : 0;
