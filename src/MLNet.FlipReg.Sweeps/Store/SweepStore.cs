using System.Data.Common;
using FlipReg.Sweeps.Store;
using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>Where studies are kept: a SQLite file, or a PostgreSQL database for workers on several machines. Any number of processes may use one at a time.</summary>
public sealed class SweepStore : IDisposable
{
    private SweepStore(StoreDialect dialect)
    {
        Dialect = dialect;
        try
        {
            dialect.Prepare();
            StoreSchema.Update(dialect);
        }
        catch (Exception e) when (e is DbException or IOException or TimeoutException or UnauthorizedAccessException or InvalidOperationException or System.Net.Sockets.SocketException)
        {
            dialect.Dispose();
            throw new StoreException(dialect.Explain(e), dialect.IsTemporary(e), e);
        }
        catch
        {
            dialect.Dispose();
            throw;
        }

        Trials = new(dialect);
    }

    /// <summary>The database as messages name it.</summary>
    public string Description => Dialect.Description;

    internal StoreDialect Dialect { get; }

    internal TrialStore Trials { get; }

    /// <summary>Opens a SQLite file, made where it is missing, and brings its schema up to date.</summary>
    /// <param name="path">The file, on a disk of this machine; its folder must be there.</param>
    /// <exception cref="SweepException">The file cannot be used: no such folder, no right to write, damaged, of a newer version, on a network file system.</exception>
    public static SweepStore Sqlite(string path) => new(new SqliteDialect(path));

    /// <summary>Opens a PostgreSQL database and brings its schema up to date.</summary>
    /// <param name="connectionString">Npgsql's connection string. It is neither printed nor stored.</param>
    /// <exception cref="ArgumentException">The text is no connection string.</exception>
    /// <exception cref="SweepException">The database cannot be used: not reachable, refused, of a newer version.</exception>
    public static SweepStore PostgreSql(string connectionString) => new(new PostgresDialect(connectionString));

    /// <summary>The studies in the store, by name.</summary>
    /// <exception cref="SweepException">The database failed.</exception>
    public IReadOnlyList<SweepStudyInfo> ReadStudies() => [.. Trials.Studies().Select(row => Info(row, Trials.Changes(row.Id, 0).Trials))];

    /// <summary>The trials of a study, by number.</summary>
    /// <exception cref="SweepException">There is no such study, or the database failed.</exception>
    public IReadOnlyList<SweepTrialInfo> ReadTrials(string study)
    {
        var (_, trials, reports) = Trials.Changes(Find(study).Id, 0);
        var byTrial = reports.ToLookup(report => report.TrialNumber);
        return [.. trials.Select(row => SweepTrialInfo.Of(row, byTrial[row.Number], SweepSpace.Empty))];
    }

    /// <summary>Deletes a study and all its trials. Workers that run it stop.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="SweepException">The database failed.</exception>
    public bool DeleteStudy(string study)
    {
        ArgumentException.ThrowIfNullOrEmpty(study);
        return Trials.Delete(study);
    }

    /// <summary>Closes the connections. Studies stay.</summary>
    public void Dispose() => Dialect.Dispose();

    private StudyRow Find(string study)
    {
        ArgumentException.ThrowIfNullOrEmpty(study);
        return Trials.Find(study) ?? throw new SweepException(Invariant($"Study '{study}' must be in the {Description}. It has {string.Join(", ", Trials.Studies().Select(s => Invariant($"'{s.Name}'")).DefaultIfEmpty("none"))}."));
    }

    private static SweepStudyInfo Info(StudyRow row, IReadOnlyList<TrialRow> trials)
    {
        var finished = trials.Where(t => t.State == nameof(TrialState.Finished) && t.Value is not null).Select(t => t.Value!.Value).ToList();
        return new()
        {
            Name = row.Name,
            Metric = StudyDocument.MetricOf(row.Spec),
            HigherIsBetter = row.HigherIsBetter,
            MaximumTrials = (int?)row.MaxTrials,
            Trials = trials.GroupBy(t => Enum.Parse<TrialState>(t.State)).ToDictionary(g => g.Key, g => g.Count()),
            BestValue = finished.Count == 0 ? null : row.HigherIsBetter ? finished.Max() : finished.Min(),
            StopReason = row.StopReason,
            Created = DateTimeOffset.FromUnixTimeMilliseconds((long)(row.CreatedAt * 1000)),
        };
    }
}
