using FlipReg.Data;
using static System.FormattableString;

namespace FlipReg.Bench;

/// <summary>What a step of each method takes against one of cross-entropy.</summary>
internal static class MethodBench
{
    private const int Rows = 20_000;

    /// <summary>
    /// Prints, for each method, the median over the rounds of its time against the mean of the two cross-entropy fits that ran right before and after it: what
    /// others do on the machine in these seconds hits both.
    /// </summary>
    public static void Run(int[] layers, int batch, int rounds, int epochs, string? only)
    {
        Console.WriteLine(Invariant($"MLP {string.Join("→", layers)}, {Rows:N0} rows, batch {batch}; time of a method's steps against cross-entropy's, median and quartiles of {rounds} rounds"));
        using var table = TrainingBench.Table(Rows, layers[0], layers[^1]);
        foreach (var method in Methods().Where(m => only is null || m.Name == only))
        {
            var ratios = new List<double>();
            var before = Seconds(table, layers, new CrossEntropyOptions(), batch, epochs);
            for (var round = -1; round < rounds; round++)
            {
                var own = Seconds(table, layers, method.Create(), batch, epochs);
                var after = Seconds(table, layers, new CrossEntropyOptions(), batch, epochs);
                // The first round warms up.
                if (round >= 0)
                    ratios.Add(2 * own / (before + after));
                before = after;
            }

            ratios.Sort();
            Console.WriteLine(Invariant($"  {method.Name,-22} {TrainingBench.Median(ratios):F3}   {ratios[ratios.Count / 4]:F3} to {ratios[ratios.Count * 3 / 4]:F3}"));
        }
    }

    /// <summary>Every method with its default options. Cross-entropy itself shows how far the measurement can be trusted.</summary>
    private static IEnumerable<(string Name, Func<TrainingOptions> Create)> Methods() =>
        from type in typeof(TrainingOptions).Assembly.GetExportedTypes()
        where type.IsSubclassOf(typeof(TrainingOptions)) && !type.IsAbstract
        orderby type.Name
        select (type.Name.Replace("Options", "", StringComparison.Ordinal), (Func<TrainingOptions>)(() => (TrainingOptions)Activator.CreateInstance(type)!));

    private static double Seconds(TrainingTable table, int[] layers, TrainingOptions options, int batch, int epochs) =>
        Rows * (double)epochs / TrainingBench.Fit(table, layers, options, batch, epochs);
}
