using System.Data;
using System.Data.Common;
using System.Net.Sockets;
using Dapper;
using DbUp;
using DbUp.Builder;
using Npgsql;
using static System.FormattableString;

namespace FlipReg.Sweeps.Store;

/// <summary>A PostgreSQL server: workers on many machines.</summary>
internal sealed class PostgresDialect : StoreDialect
{
    /// <summary>Key of the advisory lock over the schema: "FlipReg" as a number.</summary>
    private const long SchemaLock = 0x466c6970526567;

    private readonly NpgsqlDataSource _source;
    private readonly string _connectionString;

    public PostgresDialect(string connectionString)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString);
            builder.ApplicationName ??= "MLNet.FlipReg.Sweeps";
            if (string.IsNullOrEmpty(builder.Host))
                throw new ArgumentException("It names no host.");
            Description = Invariant($"study database '{builder.Database ?? builder.Username}' on PostgreSQL at {builder.Host}");
            _connectionString = builder.ConnectionString;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The text itself, which may hold a password, is not shown.
            throw new ArgumentException("connectionString must be a connection string of Npgsql, such as Host=...;Database=...;Username=.... It cannot be read.", nameof(connectionString));
        }

        _source = NpgsqlDataSource.Create(_connectionString);
    }

    public override string Description { get; }

    // Not that of the transaction's start: it may have waited for a lock.
    public override string Now => "extract(epoch FROM clock_timestamp())::double precision";

    public override string ForUpdate => " FOR UPDATE";

    public override DbConnection Open() => _source.OpenConnection();

    public override DbTransaction BeginWrite(DbConnection connection) => connection.BeginTransaction(IsolationLevel.ReadCommitted);

    public override void Prepare()
    {
        using var connection = Open();
    }

    public override IDisposable LockSchema()
    {
        var connection = Open();
        try
        {
            connection.Execute("SELECT pg_advisory_lock(@key)", new { key = SchemaLock });
            return new SchemaLockHolder(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public override UpgradeEngineBuilder Upgrade(string journal) => DeployChanges.To.PostgresqlDatabase(_connectionString).JournalToPostgresqlTable(null!, journal).WithTransaction();

    public override bool HasTable(DbConnection connection, string name) => connection.ExecuteScalar<bool>("SELECT to_regclass(@name) IS NOT NULL", new { name });

    public override bool IsTemporary(Exception exception) => exception switch
    {
        // Connections, resources (also a full disk), the server going down or coming up, deadlocks.
        PostgresException { SqlState: var state } => state[..2] is "08" or "53" or "57" or "40" or "58",
        NpgsqlException or SocketException or TimeoutException or EndOfStreamException => true,
        IOException => true,
        ObjectDisposedException => false,
        InvalidOperationException { InnerException: { } inner } => IsTemporary(inner),
        _ => false,
    };

    public override string Explain(Exception exception)
    {
        var what = exception switch
        {
            PostgresException { SqlState: "28P01" or "28000" } => "refused the user or the password. Check both",
            PostgresException { SqlState: "3D000" } => "does not exist. Create it, or name another",
            PostgresException { SqlState: "42501" } => "does not give the user the rights that it takes. Grant them",
            PostgresException { SqlState: "53100" } => "cannot grow: the server's disk is full. Make room",
            PostgresException { SqlState: "25006" } => "cannot be written: it is read-only. Use the primary server",
            NpgsqlException or SocketException or TimeoutException when IsTemporary(exception) => "cannot be reached. Start the server, or check host and port",
            _ => "failed",
        };
        return Invariant($"The {Description} {what}. ({(exception as PostgresException)?.MessageText ?? exception.Message})");
    }

    public override void Dispose() => _source.Dispose();

    private sealed class SchemaLockHolder(DbConnection connection) : IDisposable
    {
        public void Dispose()
        {
            using (connection)
                connection.Execute("SELECT pg_advisory_unlock(@key)", new { key = SchemaLock });
        }
    }
}
