using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using FlipReg.Bench;
using FlipReg.Data;
using FlipReg.Tables;

RunOptions options;
IReadOnlyList<Method> methods;
try
{
    options = RunOptions.Parse(args);
    methods = Method.Of(options.Methods, options.Variants);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine($"tables: {e.Message}");
    return 2;
}

string[] present = Directory.Exists(options.Data) ? [.. Directory.GetFiles(options.Data, "*.csv").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)] : [];
if (present.Length == 0 || options.Tables?.FirstOrDefault(t => !present.Contains(t)) is not null)
{
    Console.Error.WriteLine($"tables: '{options.Data}' must hold the tables {string.Join(", ", options.Tables ?? ["asked for"])}. It has {present.Length}: {string.Join(", ", present)}. Run eng/tables.sh, which fetches them.");
    return 2;
}

var tables = (options.Tables ?? present).Select(t => Table.Read(Path.Combine(options.Data, t + ".csv"))).ToArray();
var store = new CellStore<CellKey, Cell>(Path.Combine(options.Cells, options.Timing ? "times" : "figures"));
if (options.Timing)
{
    // What the first fit alone pays: native libraries, compilation.
    foreach (var method in methods)
        Trial.Run(tables[0], method, new(tables[0].Name, 0, 0, method.Name), options.Threads);
}

var clock = Stopwatch.StartNew();
var (done, failed) = (new List<Cell>(), 0);
foreach (var seed in options.Seeds)
{
    foreach (var noise in options.Noise)
    {
        foreach (var table in tables)
        {
            foreach (var method in methods)
            {
                var key = new CellKey(table.Name, noise, seed, method.Name);
                var cell = store.Find(key, Trial.Identity(table, method, options.Threads));
                if (cell is null && clock.Elapsed.TotalSeconds < options.Seconds)
                {
                    try
                    {
                        cell = Trial.Run(table, method, key, options.Threads);
                    }
                    catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
                    {
                        Console.Error.WriteLine($"tables: {key} failed: {e.Message}");
                        failed++;
                        continue;
                    }

                    store.Save(cell);
                    Console.WriteLine(FormattableString.Invariant($"{key}: accuracy {cell.Accuracy:.0000}, log-loss {cell.LogLoss:0.000}, {cell.Seconds:0.00} s, other processes {cell.OtherProcesses:0.0}"));
                }

                if (cell is not null)
                    done.Add(cell);
            }
        }
    }
}

if (options.Timing)
    return failed > 0 ? 1 : 0;

var results = new Results(done, [.. tables.Select(t => t.Name)], [.. methods.Select(m => m.Name)], options.Noise, options.Seeds.Count);
// Times were measured with two threads.
var clocked = new CellStore<CellKey, Cell>(Path.Combine(options.Cells, "times"));
var times = tables.SelectMany(t => methods.Select(m => clocked.Find(new(t.Name, 0, 1, m.Name), Trial.Identity(t, m, 2)))).OfType<Cell>().ToArray();
var file = options.Report ?? (options.IsWhole && results.Missing.Count == 0 ? "bench/TABLES.md" : null);
var picture = file is null ? null : Path.ChangeExtension(file, ".svg");
var text = new Report(results, times, tables.ToDictionary(t => t.Name, t => t.Rows), options.Seeds.Count).Text(
    FormattableString.Invariant($"{DateTime.UtcNow:yyyy-MM-dd}, {Processor()}, {Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}, ML.NET {Method.MlNet}."),
    picture is null ? null : Path.GetFileName(picture));
Console.Write(text);
if (file is not null)
{
    Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
    Picture.Save(results, picture!);
    AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}

return failed > 0 ? 1 : 0;

static string Processor() => File.ReadLines("/proc/cpuinfo")
    .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";
