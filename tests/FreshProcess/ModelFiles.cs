using System.Globalization;
using Microsoft.ML;

/// <summary>Model files, loaded and saved in a process whose memory is measured.</summary>
internal static class ModelFiles
{
    public static void LoadAll(MLContext context, string folder)
    {
        foreach (var path in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
            Console.WriteLine($"{Path.GetFileName(path)}: {Outcome(context, path)}");
        Console.WriteLine(Kilobytes("VmHWM:"));
    }

    public static void SaveForever(MLContext context, string[] models, string path)
    {
        var loaded = models.Select(model => context.Model.Load(model, out _)).ToArray();
        for (var i = 0; ; i++)
        {
            context.Model.SaveFile(loaded[i % loaded.Length], null, path);
            if (i == 0)
                Console.WriteLine("saved");
        }
    }

    public static void Measure(MLContext context, string small, string large, string path)
    {
        // First a small one: what .NET, ML.NET and libtorch take is not counted.
        ((IDisposable)context.Model.LoadFile(small, out _)).Dispose();
        ITransformer? model = null;
        Console.WriteLine(Peak(() => model = context.Model.LoadFile(large, out _)));
        Console.WriteLine(Peak(() => context.Model.SaveFile(model!, null, path)));
    }

    private static long Peak(Action action)
    {
        GC.Collect();
        // Linux: the highest use starts again from here.
        File.WriteAllText("/proc/self/clear_refs", "5");
        var before = Kilobytes("VmRSS:");
        action();
        return Kilobytes("VmHWM:") - before;
    }

    private static string Outcome(MLContext context, string path)
    {
        try
        {
            using var loaded = (IDisposable)context.Model.Load(path, out _);
            var first = context.Data.CreateEnumerable<Scored>(((ITransformer)loaded).Transform(context.Data.LoadFromEnumerable(Row.Make(1))), reuseRowObject: false, ignoreMissingColumns: true);
            return string.Create(CultureInfo.InvariantCulture, $"{first.Count()} row scored");
        }
        catch (Exception e)
        {
            while (e is not FormatException && e.InnerException is { } inner)
                e = inner;
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    /// <summary>A size out of what Linux says of this process.</summary>
    private static long Kilobytes(string name) => long.Parse(
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
        CultureInfo.InvariantCulture);
}
