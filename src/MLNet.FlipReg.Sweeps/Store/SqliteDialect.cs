using System.Data;
using System.Data.Common;
using System.Diagnostics;
using Dapper;
using DbUp;
using DbUp.Builder;
using Microsoft.Data.Sqlite;
using static System.FormattableString;

namespace FlipReg.Sweeps.Store;

/// <summary>One file, with a write-ahead log: readers and one writer at a time, on one machine.</summary>
internal sealed class SqliteDialect : StoreDialect
{
    private readonly string _path;
    private readonly string _connectionString;

    public SqliteDialect(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
        _connectionString = new SqliteConnectionStringBuilder { DataSource = _path, ForeignKeys = true, Pooling = true, DefaultTimeout = 60 }.ToString();
    }

    public override string Description => Invariant($"study database '{_path}'");

    public override string Now => "unixepoch('subsec')";

    public override string ForUpdate => "";

    public override DbConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            // SQLite's own waiting, in steps of milliseconds. After a power failure the last moments may be missing, but never in part.
            connection.Execute("PRAGMA busy_timeout = 60000; PRAGMA synchronous = NORMAL;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public override DbTransaction BeginWrite(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(IsolationLevel.Serializable, deferred: false);

    public override void Prepare()
    {
        var folder = Path.GetDirectoryName(_path) ?? throw new SweepException(Invariant($"The {Description} must be a file. It is a folder."));
        if (!Directory.Exists(folder))
            throw new SweepException(Invariant($"The folder of the {Description} must be there. Make it, or give another path."));
        if (NetworkFileSystems.KindOf(folder) is { } kind)
            throw new SweepException(Invariant($"The {Description} must be on a disk of this machine. It is on a network file system ({kind}), where SQLite's locks do not hold and studies are damaged. Use a local path, or PostgreSQL for workers on several machines."));
        using var connection = Open();
        connection.Execute("PRAGMA journal_mode = WAL");
        // A file that cannot be written shows here, and not in the middle of a sweep.
        using var transaction = BeginWrite(connection);
        connection.Execute("CREATE TABLE IF NOT EXISTS sweep_probe (x INTEGER)", transaction: transaction);
        transaction.Rollback();
    }

    public override IDisposable LockSchema()
    {
        // The operating system drops it with the process.
        var (file, began) = (_path + ".migration", Stopwatch.GetTimestamp());
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(1))
            {
                Thread.Sleep(20);
            }
        }
    }

    public override UpgradeEngineBuilder Upgrade(string journal) => DeployChanges.To.SqliteDatabase(_connectionString).JournalToSqliteTable(journal);

    public override bool HasTable(DbConnection connection, string name) =>
        connection.ExecuteScalar<long>("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = @name", new { name }) > 0;

    // 5 busy, 6 locked, 10 input or output, 13 full, 14 cannot open.
    public override bool IsTemporary(Exception exception) => exception is SqliteException { SqliteErrorCode: 5 or 6 or 10 or 13 or 14 };

    public override string Explain(Exception exception)
    {
        var what = exception is SqliteException { SqliteErrorCode: var code } ? code switch
        {
            5 or 6 => "is held by another process. Close what else has it open",
            8 => "cannot be written. Give it, and its folder, the right to be written, or use another path",
            10 => "cannot be read or written. Look at the disk",
            11 or 26 => "is damaged, or is no SQLite database. Use another path, or a copy from before",
            13 => "cannot grow: the disk is full. Make room",
            14 => "cannot be opened. Give it, and its folder, the right to be read and written, or use another path",
            _ => "failed",
        } : "failed";
        return Invariant($"The {Description} {what}. ({exception.Message})");
    }

    /// <summary>Closes the pooled connections, so that the file can be deleted.</summary>
    public override void Dispose()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }
}
