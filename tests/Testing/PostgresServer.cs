using Npgsql;

namespace Beffroi.Testing;

/// <summary>
/// A real PostgreSQL server for one test assembly (xUnit assembly fixture), on a unix socket in a directory of its own,
/// gone with everything in it at the end. Each <see cref="CreateDatabaseAsync"/> gives a fresh, empty database.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    // A database is some 300 files. On ext4 their creation takes longer than what a test does with them.
    private const string Memory = "/dev/shm";
    private const long EnoughMemory = 4L << 30;

    private readonly string _directory;
    private readonly SemaphoreSlim _starting = new(1);
    private bool _started;
    private bool _prepared;
    private int _databases;

    /// <summary>A server for tests: nothing of it has to reach the disk.</summary>
    public PostgresServer()
        : this(durable: false)
    {
    }

    private PostgresServer(bool durable)
    {
        Durable = durable;
        _directory = durable || !Directory.Exists(Memory) || new DriveInfo(Memory).AvailableFreeSpace < EnoughMemory
            ? Directory.CreateTempSubdirectory("beffroi-test-pg-").FullName
            : Directory.CreateDirectory($"{Memory}/beffroi-test-pg-{Guid.NewGuid():N}").FullName;
    }

    /// <summary>Whether commits reach the disk.</summary>
    public bool Durable { get; }

    /// <summary>A server whose commits reach the disk, as measurements need.</summary>
    public static PostgresServer OnDisk() => new(durable: true);

    private static string Binaries =>
        Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(d => int.Parse(Path.GetFileName(d), System.Globalization.CultureInfo.InvariantCulture)).First() + "/bin/";

    /// <summary>
    /// Starts the server if it isn't yet, and creates a database on it: empty, or with what <paramref name="prepare"/> makes, given a connection string.
    /// That is run once for all databases of this server, which are copies of what it made: a schema takes a second to make, and a moment to copy.
    /// It must leave no connection open.
    /// </summary>
    public async Task<string> CreateDatabaseAsync(Func<string, Task>? prepare = null)
    {
        await _starting.WaitAsync();
        try
        {
            await StartAsync();
            if (prepare is not null && !_prepared)
            {
                await CreateAsync("prepared", "template1");
                await prepare(ConnectionString("prepared") + ";Pooling=false");
                _prepared = true;
            }
        }
        finally
        {
            _starting.Release();
        }

        var name = "test" + Interlocked.Increment(ref _databases).ToString(System.Globalization.CultureInfo.InvariantCulture);
        await CreateAsync(name, prepare is null ? "template1" : "prepared");
        return ConnectionString(name);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_started)
        {
            await AsPostgresAsync(Binaries + "pg_ctl", "-D", _directory + "/data", "-w", "-s", "-m", "immediate", "stop");
        }

        _starting.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    // Test classes run side by side: the first one in starts it, the others wait.
    private async Task StartAsync()
    {
        if (_started)
        {
            return;
        }

        await Commands.RunAsync("chown", ["postgres", _directory]);
        await AsPostgresAsync(Binaries + "initdb", "-D", _directory + "/data", "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
        // Autovacuum would begin a process every 100 ms to look through hundreds of databases that nobody needs any more.
        await AsPostgresAsync(Binaries + "pg_ctl", "-D", _directory + "/data", "-w", "-s", "-l", _directory + "/log", "-o",
            "-c listen_addresses= -c unix_socket_directories=" + _directory + " -c max_connections=200" + (Durable ? "" : " -c fsync=off -c autovacuum=off"), "start");
        _started = true;
    }

    private async Task CreateAsync(string name, string template)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString("postgres"));

        // As files: what goes through the write-ahead log, as it does by default, takes seven times as long.
        await using var create = source.CreateCommand($"create database {name} template {template} strategy file_copy");
        await create.ExecuteNonQueryAsync();
    }

    private static Task<string> AsPostgresAsync(params string[] command) =>
        Commands.RunAsync("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", .. command]);

    // The time-outs are longer than the usual ones, as a busy machine that runs tests stalls for longer than one in production. Few connections: to begin one takes longer than what
    // most tests do with it, and whoever would take a second one while they have one is found out. Measurements have as many as they like.
    private string ConnectionString(string database) =>
        $"Host={_directory};Username=postgres;Database={database};Maximum Pool Size={(Durable ? 50 : 8)};Timeout=60;Command Timeout=120";
}
