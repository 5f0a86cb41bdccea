using System.Data.Common;
using DbUp.Builder;

namespace FlipReg.Sweeps.Store;

/// <summary>In what the two databases differ.</summary>
internal abstract class StoreDialect : IDisposable
{
    /// <summary>The database as messages name it; never a connection string.</summary>
    public abstract string Description { get; }

    /// <summary>The database's clock: seconds since 1970.</summary>
    public abstract string Now { get; }

    /// <summary>What a SELECT of a row ends with that has to be alone with it until the transaction ends.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>An open connection, back to the pool when disposed.</summary>
    public abstract DbConnection Open();

    /// <summary>A transaction that may write from its start on.</summary>
    public abstract DbTransaction BeginWrite(DbConnection connection);

    /// <summary>Checks, before the first connection, what would fail later; may prepare the database.</summary>
    public abstract void Prepare();

    /// <summary>Keeps all others from changing the schema until disposed.</summary>
    public abstract IDisposable LockSchema();

    /// <summary>DbUp for this database, with its journal in a table.</summary>
    public abstract UpgradeEngineBuilder Upgrade(string journal);

    /// <summary>Whether a table is there.</summary>
    public abstract bool HasTable(DbConnection connection, string name);

    /// <summary>Whether the same may succeed later: the database is down, busy or full.</summary>
    public abstract bool IsTemporary(Exception exception);

    /// <summary>What is wrong and what to do, for an exception of the database's.</summary>
    public abstract string Explain(Exception exception);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
