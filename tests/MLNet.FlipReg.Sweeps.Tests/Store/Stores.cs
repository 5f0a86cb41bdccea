using FlipReg.Tests.Postgres;

namespace FlipReg.Sweeps.Tests.Store;

/// <summary>The databases that the contract is tested on.</summary>
[TestClass]
public static class Stores
{
    private static readonly Lazy<PostgresServer> _server = new(() => PostgresServer.Start());

    public static IEnumerable<object[]> Kinds => [["sqlite"], ["postgres"]];

    /// <summary>The server that the tests share; started when first needed.</summary>
    internal static PostgresServer Server => _server.Value;

    [AssemblyCleanup]
    public static void StopServer()
    {
        if (_server.IsValueCreated)
            _server.Value.Dispose();
    }

    /// <summary>A database of its own, and what opens it as often as wanted.</summary>
    internal static TestStore New(string kind) => new(kind);
}

/// <summary>A new database.</summary>
internal sealed class TestStore : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sweep-store").FullName;
    private readonly List<SweepStore> _opened = [];

    public TestStore(string kind)
    {
        IsPostgres = kind == "postgres";
        Address = IsPostgres ? Stores.Server.NewDatabase() : Path.Combine(_folder, "study.db");
    }

    public bool IsPostgres { get; }

    /// <summary>Path or connection string.</summary>
    public string Address { get; }

    public string Folder => _folder;

    /// <summary>Opens it, as a process would.</summary>
    public SweepStore Open()
    {
        var store = IsPostgres ? SweepStore.PostgreSql(Address) : SweepStore.Sqlite(Address);
        _opened.Add(store);
        return store;
    }

    public void Dispose()
    {
        _opened.ForEach(store => store.Dispose());
        Directory.Delete(_folder, recursive: true);
    }
}
