using Dapper;
using DbUp.Engine;
using FlipReg.Sweeps.Store;
using FlipReg.Tests.Disks;

namespace FlipReg.Sweeps.Tests.Store;

/// <summary>Databases that cannot be used are errors that name the database and the remedy, and show no connection string.</summary>
[TestClass]
public sealed class BadDatabaseTests
{
    public static IEnumerable<object[]> Kinds => Stores.Kinds;

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void A_newer_schema_is_refused_and_an_older_one_brought_up_to_date(string kind)
    {
        using var database = Stores.New(kind);
        var dialect = database.Open().Dialect;
        SqlScript[] next = [.. StoreSchema.Scripts, new("0002-next", "ALTER TABLE study ADD COLUMN next TEXT")];
        StoreSchema.Update(dialect, next);
        using (var connection = dialect.Open())
            Assert.AreEqual(0L, connection.ExecuteScalar<long>("SELECT count(next) FROM study"));
        StoreSchema.Update(dialect, next);
        var message = Assert.ThrowsExactly<SweepException>(() => database.Open()).Message;
        StringAssert.Contains(message, "'0002-next'");
        StringAssert.Contains(message, "newer version");
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void Eight_that_come_at_once_migrate_once(string kind)
    {
        using var database = Stores.New(kind);
        var stores = new SweepStore[8];
        Parallel.For(0, 8, i => stores[i] = database.IsPostgres ? SweepStore.PostgreSql(database.Address) : SweepStore.Sqlite(database.Address));
        using (var connection = stores[0].Dialect.Open())
            Assert.AreEqual(StoreSchema.Scripts.Count, connection.ExecuteScalar<long>($"SELECT count(*) FROM {StoreSchema.Journal}"));
        foreach (var store in stores)
            store.Dispose();
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void A_migration_that_fails_is_named_and_leaves_the_database_as_it_was(string kind)
    {
        using var database = Stores.New(kind);
        var dialect = database.Open().Dialect;
        var message = Assert.ThrowsExactly<SweepException>(() => StoreSchema.Update(dialect, [.. StoreSchema.Scripts, new("0002-broken", "CREATE TABLE oops (")])).Message;
        StringAssert.Contains(message, "'0002-broken' failed");
        database.Open();
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void Tables_of_others_are_left_alone(string kind)
    {
        using var database = Stores.New(kind);
        using (var dialect = database.IsPostgres ? (StoreDialect)new PostgresDialect(database.Address) : new SqliteDialect(database.Address))
        {
            using var connection = dialect.Open();
            connection.Execute("CREATE TABLE study (mine TEXT)");
        }

        StringAssert.Contains(Assert.ThrowsExactly<SweepException>(() => database.Open()).Message, "a table 'study' that is not ours");
    }

    [TestMethod]
    public void A_server_that_is_not_there_or_refuses_is_named_without_the_connection_string()
    {
        var message = Assert.Throws<SweepException>(() => SweepStore.PostgreSql("Host=127.0.0.1;Port=1;Database=sweeps;Username=me;Password=hush;Timeout=2")).Message;
        StringAssert.Contains(message, "study database 'sweeps' on PostgreSQL at 127.0.0.1 cannot be reached");
        Hides(message, "hush", "Password");
        message = Assert.ThrowsExactly<ArgumentException>(() => SweepStore.PostgreSql("Host=x;Pasword=hush")).Message;
        StringAssert.Contains(message, "connection string of Npgsql");
        Hides(message, "hush");
        var address = Stores.Server.NewDatabase();
        message = Assert.Throws<SweepException>(() => SweepStore.PostgreSql(address.Replace("of the tests only", "hush"))).Message;
        StringAssert.Contains(message, "refused the user or the password");
        Hides(message, "hush");
        message = Assert.Throws<SweepException>(() => SweepStore.PostgreSql(address.Replace("Database=d", "Database=x"))).Message;
        StringAssert.Contains(message, "does not exist");
        using var store = SweepStore.PostgreSql(address);
        Hides(store.Description, "of the tests only", "Password");
    }

    [TestMethod]
    public void A_file_that_is_no_database_or_lies_nowhere_is_named()
    {
        using var database = Stores.New("sqlite");
        File.WriteAllText(database.Address, new string('x', 5000));
        StringAssert.Contains(Assert.Throws<SweepException>(() => database.Open()).Message, $"'{database.Address}' is damaged, or is no SQLite database");
        StringAssert.Contains(Assert.Throws<SweepException>(() => SweepStore.Sqlite(Path.Combine(database.Folder, "no", "study.db"))).Message, "folder");
        StringAssert.Contains(Assert.Throws<SweepException>(() => SweepStore.Sqlite(database.Folder)).Message, "cannot be opened");
    }

    [TestMethod]
    public void A_read_only_file_system_is_named()
    {
        using var disk = SmallDisk.Mount(2048);
        using (SweepStore.Sqlite(Path.Combine(disk.Path, "study.db")))
        {
        }

        Assert.AreEqual(0, System.Diagnostics.Process.Start("mount", ["-o", "remount,ro", disk.Path]) is { } mount && mount.WaitForExit(10_000) ? mount.ExitCode : 1);
        var message = Assert.Throws<SweepException>(() => SweepStore.Sqlite(Path.Combine(disk.Path, "study.db"))).Message;
        StringAssert.Contains(message, "study.db'");
        StringAssert.Matches(message, new("cannot be (written|opened)"));
    }

    [TestMethod]
    public void A_full_disk_is_waited_for_and_nothing_is_lost()
    {
        using var disk = SmallDisk.Mount(4096);
        using var store = SweepStore.Sqlite(Path.Combine(disk.Path, "study.db"));
        string? filler = null;
        var space = SweepSpace.Empty.Add(SweepParameter.Double("x", 0, 1));
        var outcome = SweepStudy.Run(space, trial =>
        {
            if (trial.Number == 3)
            {
                filler = disk.Fill();
                Task.Delay(700).ContinueWith(_ => File.Delete(filler));
            }

            for (var step = 1; step <= 50; step++)
                trial.Report(step, step);
            return trial.Point.GetDouble("x");
        }, true, new SweepOptions { Store = store, Trials = 6, Sampler = Sampler.Random(), Pruner = Pruner.None });
        Assert.IsNotNull(filler);
        Assert.IsTrue(outcome.Trials.Count == 6 && outcome.Trials.All(t => t.State == TrialState.Finished && t.Reports.Count == 50));
    }

    [TestMethod]
    [DataRow("/data/study", "nfs4")]
    [DataRow("/data/local/study", null)]
    [DataRow("/data/with space/x", "fuse.sshfs")]
    [DataRow("/home/me", null)]
    [DataRow("/database", null)]
    public void Network_file_systems_are_told_by_the_mounts(string path, string? expected) => Assert.AreEqual(expected, NetworkFileSystems.KindOf(path,
    [
        "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
        "30 21 0:40 / /data rw,relatime shared:2 - nfs4 server:/export rw",
        "31 30 8:2 / /data/local rw - xfs /dev/sdb1 rw",
        "32 30 0:41 / /data/with\\040space rw - fuse.sshfs me@host: rw",
    ]));

    private static void Hides(string message, params string[] secrets)
    {
        foreach (var secret in secrets)
            Assert.IsFalse(message.Contains(secret, StringComparison.OrdinalIgnoreCase), message);
    }
}
