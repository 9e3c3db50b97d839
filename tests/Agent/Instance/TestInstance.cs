using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Agent.Tests.Peers;
using Beffroi.Contracts.Agents;
using Beffroi.Testing;
using Npgsql;

namespace Beffroi.Agent.Tests.Instance;

/// <summary>One instance of the image with a control plane of its own, a volume, and a database that an application role owns.</summary>
public sealed class TestInstance : IAsyncLifetime
{
    private const int Port = 17444;
    private readonly PostgresImage _image;
    private readonly int _port;
    private readonly string _name = "node-" + RandomNumberGenerator.GetHexString(8, lowercase: true);
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-instance-").FullName;
    private bool _created;
    private bool _mounted;

    public TestInstance(PostgresImage image)
        : this(image, 0, new TestAuthority("test peers"))
    {
    }

    /// <summary>One of several that meet.</summary>
    internal TestInstance(PostgresImage image, int number, TestAuthority peers)
    {
        (_image, _port, Address) = (image, Port + number, IPAddress.Parse($"10.97.0.{10 + number}"));
        Plane = new(IPAddress.Parse(PostgresImage.Gateway), _port) { DatabaseAddress = Address, Peers = peers };
    }

    public IPAddress Address { get; }

    public string Id { get; } = Guid.NewGuid().ToString("D");

    public string Token { get; } = "token-" + RandomNumberGenerator.GetHexString(32);

    public string Password { get; } = RandomNumberGenerator.GetHexString(32);

    internal TestControlPlane Plane { get; }

    public string RootDisk => PostgresImage.RootDisk(_name);

    public string VolumeDirectory => _directory + "/data";

    /// <summary>A volume of this size instead of the machine's disk; set before it starts.</summary>
    public int? VolumeMebibytes { get; init; }

    /// <summary>From the start of the container until PostgreSQL answered over TLS, and until the control plane was told.</summary>
    public (TimeSpan Answers, TimeSpan Reported) Took { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var clock = await StartAsync(new DesiredConfiguration { Postgres = Configuration() });
        await AnswersAsync();
        var answers = clock.Elapsed;
        await Plane.WaitAsync(f => f.Postgres.Ready, "the database is ready");
        Took = (answers, clock.Elapsed);
    }

    /// <summary>Starts it with something else to be.</summary>
    internal async Task<Stopwatch> StartAsync(DesiredConfiguration desired)
    {
        await _image.EnsureAsync();
        Directory.CreateDirectory(_directory + "/data");
        if (VolumeMebibytes is { } size)
        {
            await using (var file = File.Create(_directory + "/volume"))
            {
                file.SetLength((long)size << 20);
            }

            await Commands.RunAsync("mkfs.ext4", ["-q", "-m", "0", _directory + "/volume"]);
            await Commands.RunAsync("mount", ["-o", "loop", _directory + "/volume", VolumeDirectory]);
            _mounted = true;
        }

        await File.WriteAllTextAsync(_directory + "/ca.pem", Plane.Databases.Pem);
        Plane.Token = Token;
        Plane.Want(desired);
        await Plane.StartAsync();
        await MakeAsync();
        _created = true;
        var clock = Stopwatch.StartNew();
        Plane.Clock.Restart();
        await IncusAsync("start", _name);
        return clock;
    }

    /// <summary>Stops it, and starts another in its place: from the image, with the volume.</summary>
    internal async Task MakeAnewAsync()
    {
        await IncusAsync("stop", "--timeout", "60", _name);
        await IncusAsync("delete", _name);
        await MakeAsync();
        await IncusAsync("start", _name);
    }

    private async Task MakeAsync()
    {
        await IncusAsync(
            "create", PostgresImage.Alias, _name, "-c", "security.idmap.isolated=true", "-c", "limits.cpu=2", "-c", "limits.memory=1GiB", "-c", "limits.processes=2000",
            "-c", "user.beffroi.instance=" + Id, "-c", $"user.beffroi.address={Address}/24", "-c", "user.beffroi.gateway=" + PostgresImage.Gateway,
            "-c", "user.beffroi.agent-port=" + _port.ToString(CultureInfo.InvariantCulture), "-c", "user.beffroi.agent-authority=" + Plane.Agents.Pem,
            "-c", "user.beffroi.token=" + Token);
        await IncusAsync("config", "device", "add", _name, "data", "disk", "path=/data", "source=" + _directory + "/data", "shift=true");
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await Plane.DisposeAsync();
        if (_created)
        {
            await IncusAsync("delete", "--force", _name);
        }

        if (_mounted)
        {
            await Commands.RunAsync("umount", [VolumeDirectory]);
        }

        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Connects as a customer would: TLS, the server's name and authority checked, SCRAM or a certificate of the client's.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(string user = "app", string? password = null, string database = "app", X509Certificate2? certificate = null, int port = 5432)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = Address.ToString(),
            Port = port,
            Username = user,
            Password = password ?? Password,
            Database = database,
            SslMode = SslMode.VerifyFull,
            RootCertificate = _directory + "/ca.pem",
            Pooling = false,
            Timeout = 20,
        }.ConnectionString);
        if (certificate is not null)
        {
            connection.SslClientAuthenticationOptionsCallback = options => options.ClientCertificates = [certificate];
        }

        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the database serves the application.</summary>
    public async Task AnswersAsync()
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(10))
        {
            try
            {
                Assert.Equal(1, await ScalarAsync<int>("select 1"));
                return;
            }
            catch (NpgsqlException) when (clock.Elapsed < TimeSpan.FromMinutes(2))
            {
                // Not yet.
            }
        }
    }

    public async Task<T> ScalarAsync<T>(string sql, string user = "app", string? password = null)
    {
        await using var connection = await ConnectAsync(user, password);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The SQLSTATE that a statement of the application is refused with.</summary>
    public async Task<string> RefusedAsync(string sql) => (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(sql))).SqlState;

    /// <summary>Runs a program in the instance, as the tests alone may.</summary>
    public Task<string> InAsync(params string[] command) => IncusAsync(["exec", _name, "--", .. command]);

    /// <summary>The process that systemd, or PostgreSQL, says is the main one; 0 for none. Patroni takes a dead PostgreSQL's file away before it starts another.</summary>
    public async Task<string> PidAsync(string what) => what == "postgres"
        ? (await InAsync("sh", "-c", "head -n1 /data/postgresql/17/postmaster.pid 2>/dev/null || echo 0")).Trim()
        : (await InAsync("systemctl", "show", "--property=MainPID", "--value", $"beffroi-{what}.service")).Trim();

    public Task RestartAsync() => IncusAsync("restart", "--timeout", "60", _name);

    public Task SetAsync(string key, string value) => IncusAsync("config", "set", _name, $"user.beffroi.{key}={value}");

    private static Task<string> IncusAsync(params string[] arguments)
    {
        // Options of incus itself come before what is run in the instance.
        var at = Array.IndexOf(arguments, "--");
        at = at < 0 ? arguments.Length : at;
        return Commands.RunAsync("incus", [.. arguments[..at], .. PostgresImage.InProject, .. arguments[at..]]);
    }

    internal PostgresConfiguration Configuration()
    {
        var role = new PostgresConfiguration.Types.Role { Name = "app", ScramVerifier = Scram.Verifier(Password), CreateDatabase = true, CreateRole = true };
        role.MemberOf.AddRange(["pg_monitor", "pg_checkpoint"]);
        return new PostgresConfiguration
        {
            ClusterName = "cluster-" + Id,
            MajorVersion = 17,
            MemoryBytes = 1L << 30,
            Cpus = 2,
            ListenAddress = Address.ToString(),
            Roles = { role },
            Databases = { new PostgresConfiguration.Types.Database { Name = "app", Owner = "app" } },
            AllowedExtensions = { "hstore", "vector" },
        };
    }
}
