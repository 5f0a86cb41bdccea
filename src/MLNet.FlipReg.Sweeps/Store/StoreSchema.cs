using System.Reflection;
using Dapper;
using DbUp.Engine;
using static System.FormattableString;

namespace FlipReg.Sweeps.Store;

/// <summary>Brings a database's schema up to date, once, whoever comes first.</summary>
internal static class StoreSchema
{
    /// <summary>The table that lists the migrations a database has.</summary>
    internal const string Journal = "sweep_migration";

    /// <summary>This version's migrations, in order.</summary>
    public static IReadOnlyList<SqlScript> Scripts { get; } = [.. ReadScripts()];

    /// <exception cref="SweepException">The database is of a newer version, or a migration failed.</exception>
    public static void Update(StoreDialect dialect) => Update(dialect, Scripts);

    internal static void Update(StoreDialect dialect, IReadOnlyList<SqlScript> scripts)
    {
        if (Missing(dialect, scripts, isLocked: false) == 0)
            return;
        using var held = dialect.LockSchema();
        if (Missing(dialect, scripts, isLocked: true) == 0)
            return;
        var result = dialect.Upgrade(Journal).WithScripts(scripts).LogToNowhere().Build().PerformUpgrade();
        if (!result.Successful)
            throw new SweepException(Invariant($"The schema of the {dialect.Description} cannot be brought up to date: migration '{result.ErrorScript?.Name}' failed. {dialect.Explain(result.Error)}"), result.Error);
    }

    /// <summary>How many migrations a database lacks. Without the lock another process may be in the middle of them.</summary>
    private static int Missing(StoreDialect dialect, IReadOnlyList<SqlScript> scripts, bool isLocked)
    {
        using var connection = dialect.Open();
        if (!dialect.HasTable(connection, Journal))
        {
            return isLocked && dialect.HasTable(connection, "study")
                ? throw new SweepException(Invariant($"The {dialect.Description} has a table 'study' that is not ours. Use another database, or another schema."))
                : scripts.Count;
        }

        var present = connection.Query<string>($"SELECT scriptname FROM {Journal}").ToHashSet(StringComparer.Ordinal);
        if (present.Except(scripts.Select(s => s.Name)).Order(StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            throw new SweepException(Invariant($"The {dialect.Description} is of a newer version: it has migration '{unknown}', which this version does not know. Update MLNet.FlipReg.Sweeps, or use another database."));
        return scripts.Count(script => !present.Contains(script.Name));
    }

    private static IEnumerable<SqlScript> ReadScripts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return new SqlScript(Path.GetFileNameWithoutExtension(name), reader.ReadToEnd());
        }
    }
}
