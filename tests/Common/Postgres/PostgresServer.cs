using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FlipReg.Tests.Postgres;

/// <summary>A PostgreSQL server of its own, in a temporary folder, run by an ordinary user; it ends with the tests.</summary>
internal sealed class PostgresServer : IDisposable
{
    private const string Password = "of the tests only";

    private readonly string _folder;
    private readonly string _programs;
    private readonly string? _user;

    private PostgresServer(string folder, string programs, string? user, int port) => (_folder, _programs, _user, Port) = (folder, programs, user, port);

    public int Port { get; }

    /// <summary>Starts one; where there is no PostgreSQL, or no ordinary user to run it, the test is skipped with the reason.</summary>
    public static PostgresServer Start(string address = "127.0.0.1")
    {
        var programs = Programs() ?? Skip("PostgreSQL's server is not installed. eng/setup.sh installs it (Debian: apt-get install postgresql).");
        string? user = null;
        if (Environment.UserName == "root")
            user = new[] { "postgres", "nobody" }.FirstOrDefault(name => Run("id", ["-u", name]).Code == 0) ?? Skip("PostgreSQL's server does not run as root, and there is no user 'postgres' or 'nobody'.");
        var folder = Directory.CreateTempSubdirectory("flipreg-postgres").FullName;
        if (user is not null)
            Run("chown", [user, folder]);
        var server = new PostgresServer(folder, programs, user, FreePort());
        var passwords = Path.Combine(folder, "password");
        File.WriteAllText(passwords, Password);
        if (user is not null)
            Run("chown", [user, passwords]);
        Require(server.AsUser("initdb", "-D", server.Data, "-U", "flipreg", "-A", "scram-sha-256", $"--pwfile={passwords}", "-E", "UTF8", "--no-locale", "-N"));
        File.AppendAllText(Path.Combine(server.Data, "postgresql.conf"), $"listen_addresses = '{address}'\nport = {server.Port}\nunix_socket_directories = ''\nmax_connections = 200\nfsync = off\n");
        File.AppendAllText(Path.Combine(server.Data, "pg_hba.conf"), "host all all samenet scram-sha-256\n");
        server.Up();
        return server;
    }

    /// <summary>The connection string of a new, empty database.</summary>
    public string NewDatabase(string host = "127.0.0.1")
    {
        var name = $"d{Guid.NewGuid():N}";
        using var source = Npgsql.NpgsqlDataSource.Create(ConnectionString("postgres", host));
        using var command = source.CreateCommand($"CREATE DATABASE {name}");
        command.ExecuteNonQuery();
        return ConnectionString(name, host);
    }

    /// <summary>Starts the server.</summary>
    public void Up() => Require(AsUser("pg_ctl", "-D", Data, "-l", Path.Combine(_folder, "log"), "-w", "start"));

    /// <summary>Stops the server; connections break off.</summary>
    public void Down() => Require(AsUser("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop"));

    public void Dispose()
    {
        AsUser("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private string ConnectionString(string database, string host) => $"Host={host};Port={Port};Database={database};Username=flipreg;Password={Password};Timeout=5;Command Timeout=20";

    private (int Code, string Text) AsUser(string program, params string[] arguments) => _user is null
        ? Run(Path.Combine(_programs, program), arguments)
        : Run("setpriv", ["--reuid", _user, "--regid", Run("id", ["-g", _user]).Text.Trim(), "--clear-groups", Path.Combine(_programs, program), .. arguments]);

    private static string? Programs()
    {
        var debian = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(d => int.TryParse(Path.GetFileName(d), out var v) ? v : 0).Select(d => Path.Combine(d, "bin")) : [];
        return debian.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')).FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")) && File.Exists(Path.Combine(d, "postgres")));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static (int Code, string Text) Run(string program, IEnumerable<string> arguments)
    {
        // Output to a file would do for a server that stays; pg_ctl's own log option does that, so that the pipes close.
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + error.Result);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (127, e.Message);
        }
    }

    private static void Require((int Code, string Text) result)
    {
        if (result.Code != 0)
            throw new InvalidOperationException(result.Text);
    }

    private static string Skip(string reason)
    {
        Assert.Inconclusive(reason);
        throw new UnreachableException();
    }
}
