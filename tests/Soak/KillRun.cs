using FlipReg;
using FlipReg.Tests.Kills;

namespace Soak;

/// <summary>Kills fits of every method.</summary>
internal static class KillRun
{
    public static KillReport Run(int kills, int seed)
    {
        string[] methods = [.. typeof(TrainingOptions).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(TrainingOptions))).Select(type => type.FullName!).Order(StringComparer.Ordinal)];
        var matrix = new KillMatrix(Path.Combine(AppContext.BaseDirectory, "FreshProcess.dll"), seed);
        var reports = methods.Select((method, i) => matrix.Run(method, (kills + i) / methods.Length, killsOfAFit: 8)).ToList();
        return new(reports.Sum(r => r.Kills), reports.Sum(r => r.WhileWriting), reports.Sum(r => r.Survived), [.. reports.SelectMany(r => r.Problems)]);
    }
}
