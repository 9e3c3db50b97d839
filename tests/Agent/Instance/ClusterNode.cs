using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Beffroi.Agent.Tests.Peers;
using Beffroi.Testing;
using Npgsql;

namespace Beffroi.Agent.Tests.Instance;

/// <summary>One node of a database of several, with a control plane of its own.</summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    public static readonly IPAddress Writer = IPAddress.Parse("10.97.0.40");
    public static readonly IPAddress Reader = IPAddress.Parse("10.97.0.41");
    private readonly string _name = "node-" + RandomNumberGenerator.GetHexString(8, lowercase: true);
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-node-").FullName;
    private bool _created;

    public ClusterNode(int number, TestAuthority databases, TestAuthority peers)
    {
        Address = IPAddress.Parse("10.97.0." + (42 + number).ToString(CultureInfo.InvariantCulture));
        Plane = new TestControlPlane(IPAddress.Parse(PostgresImage.Gateway), 17450 + number)
        {
            Databases = databases,
            Peers = peers,
            DatabaseAddress = Address,
            SharedAddresses = [Writer, Reader],
            Token = "token-" + RandomNumberGenerator.GetHexString(32),
        };
    }

    public string Id { get; } = Guid.NewGuid().ToString("D");

    public string Member => "n-" + Id;

    public IPAddress Address { get; }

    public TestControlPlane Plane { get; }

    public async Task StartAsync()
    {
        await Plane.StartAsync();
        Directory.CreateDirectory(_directory + "/data");
        await IncusAsync(
            "create", PostgresImage.Alias, _name, "-c", "security.idmap.isolated=true", "-c", "limits.memory=1GiB", "-c", "limits.processes=1000",
            "-c", "user.beffroi.instance=" + Id, "-c", $"user.beffroi.address={Address}/24", "-c", "user.beffroi.gateway=" + PostgresImage.Gateway,
            "-c", "user.beffroi.agent-port=" + Plane.Port.ToString(CultureInfo.InvariantCulture), "-c", "user.beffroi.agent-authority=" + Plane.Agents.Pem,
            "-c", "user.beffroi.token=" + Plane.Token);
        _created = true;
        await IncusAsync("config", "device", "add", _name, "data", "disk", "path=/data", "source=" + _directory + "/data", "shift=true");
        await IncusAsync("start", _name);
    }

    public Task<string> InAsync(params string[] command) => IncusAsync(["exec", _name, "--", .. command]);

    public Task SignalAsync(string signal, string unit) =>
        InAsync("sh", "-c", $"kill -{signal} $(systemctl show --property=MainPID --value {unit})");

    /// <summary>The journal's end, for a test that failed.</summary>
    public Task<string> JournalAsync() => InAsync("journalctl", "--no-pager", "--output=cat", "--lines=60");

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await Plane.StopAsync();
        if (_created)
        {
            await IncusAsync("delete", "--force", _name);
        }

        Directory.Delete(_directory, recursive: true);
    }

    private static Task<string> IncusAsync(params string[] arguments)
    {
        var at = Array.IndexOf(arguments, "--");
        at = at < 0 ? arguments.Length : at;
        return Commands.RunAsync("incus", [.. arguments[..at], .. PostgresImage.InProject, .. arguments[at..]]);
    }
}
