using System.Globalization;
using System.Text.Json.Nodes;
using Beffroi.Agent.Files;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// This node's etcd: alone on the instance's loopback, or a member among the database's nodes. Members are added as learners, which count for
/// nothing until they have caught up, and one at a time. Source: etcd 3.5, «Runtime reconfiguration», «Learner».
/// </summary>
/// <param name="member">This node's name.</param>
internal sealed class EtcdNode(string member)
{
    internal const string Tls = PostgresPaths.Etcd + "/tls";
    private const string Unit = "beffroi-etcd.service";
    private const string Systemctl = "/usr/bin/systemctl";
    private const string Data = PostgresPaths.Etcd + "/data";
    private const string Local = "http://127.0.0.1:2379";

    // Says that the data are those of the database's nodes, not of the etcd that runs alone until the first configuration has come.
    private const string Formed = PostgresPaths.Etcd + "/formed";

    private readonly Account _account = Account.Of("etcd");

    internal Account Account => _account;

    /// <summary>An etcd that only this instance reaches.</summary>
    internal async Task EnsureAloneAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(Formed))
        {
            // As it was when this instance last ran; the configuration will tell.
            await SystemCommand.RunAsync(Systemctl, ["start", "--no-block", Unit], cancellationToken);
            return;
        }

        PrivateFile.Directory(PostgresPaths.Etcd, _account);
        PrivateFile.Write(PostgresPaths.EtcdConfiguration, NodeConfiguration.Etcd(member), _account);
        await SystemUnit.StartAsync(Unit, cancellationToken);
    }

    /// <summary>A member among the database's nodes, whatever it was before; others that are no longer wanted are removed.</summary>
    internal async Task EnsureMemberAsync(PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        var cluster = configuration.Cluster;
        var me = cluster.Members.First(m => m.Name == member);
        PrivateFile.Directory(PostgresPaths.Etcd, _account);
        if (!File.Exists(Formed))
        {
            await BeginAsync(me, cancellationToken);
            PrivateFile.Write(Formed, "yes\n"u8, _account);
        }

        var initial = "";
        var joins = false;
        if (!Directory.Exists(Data + "/member"))
        {
            (initial, joins) = me.Founder ? (string.Join(',', cluster.Members.Where(m => m.Founder).Select(m => m.Name + "=" + NodeConfiguration.EtcdPeer(m.Address))), false)
                : (await JoinAsync(cluster, me, cancellationToken), true);
        }

        var content = NodeConfiguration.EtcdMember(member, configuration.ClusterName, me.Address, initial, joins);
        var before = File.Exists(PostgresPaths.EtcdConfiguration) ? await File.ReadAllBytesAsync(PostgresPaths.EtcdConfiguration, cancellationToken) : [];
        PrivateFile.Write(PostgresPaths.EtcdConfiguration, content, _account);
        var verb = Lasting(before) == Lasting(content) ? "start" : "restart";
        await SystemCommand.RunAsync(Systemctl, [verb, Unit], cancellationToken);
        await SettleAsync(cluster, me, cancellationToken);
    }

    // The first time that there is more than one node.
    private async Task BeginAsync(PostgresConfiguration.Types.Member me, CancellationToken cancellationToken)
    {
        if (!File.Exists(PostgresPaths.PatroniConfiguration))
        {
            // What started alone while there was no configuration holds nothing.
            await SystemUnit.StopAsync(Unit, cancellationToken);
            if (Directory.Exists(Data))
            {
                Directory.Delete(Data, recursive: true);
            }

            return;
        }

        // A database of one node grows: its etcd tells the others where it can be reached before they ask.
        var wanted = NodeConfiguration.EtcdPeer(me.Address);
        var present = (await MembersAsync([], cancellationToken)).Single(m => m.Name == member);
        if (present.PeerUrl != wanted)
        {
            await ControlAsync([], ["member", "update", present.Id, "--peer-urls=" + wanted], cancellationToken);
        }
    }

    // The members as the newcomer must begin with them. One at a time: etcd refuses a second learner.
    private async Task<string> JoinAsync(PostgresConfiguration.Types.Cluster cluster, PostgresConfiguration.Types.Member me, CancellationToken cancellationToken)
    {
        var (others, url) = (Others(cluster), NodeConfiguration.EtcdPeer(me.Address));
        var members = await MembersAsync(others, cancellationToken);
        if (members.All(m => m.PeerUrl != url))
        {
            await ControlAsync(others, ["member", "add", member, "--learner", "--peer-urls=" + url], cancellationToken);
            members = await MembersAsync(others, cancellationToken);
        }

        return string.Join(',', members.Select(m => (m.PeerUrl == url ? member : m.Name) + "=" + m.PeerUrl));
    }

    private async Task SettleAsync(PostgresConfiguration.Types.Cluster cluster, PostgresConfiguration.Types.Member me, CancellationToken cancellationToken)
    {
        var endpoints = cluster.Members.Count > 1 ? Others(cluster) : [];
        IReadOnlyList<Member> members;
        try
        {
            members = await MembersAsync(endpoints, cancellationToken);
        }
        catch (InvalidOperationException) when (endpoints.Count > 0)
        {
            // The others are away: nothing can be settled now, and nothing has to be.
            return;
        }

        if (members.FirstOrDefault(m => m.PeerUrl == NodeConfiguration.EtcdPeer(me.Address)) is { Learner: true } learner)
        {
            await ControlAsync(endpoints, ["member", "promote", learner.Id], cancellationToken);
        }

        // Only the first node, which always stays, removes others.
        foreach (var stranger in members.Where(m => cluster.Members[0].Name == member && m.Name.Length > 0 && cluster.Members.All(c => c.Name != m.Name)))
        {
            await ControlAsync(endpoints, ["member", "remove", stranger.Id], cancellationToken);
        }
    }

    private List<string> Others(PostgresConfiguration.Types.Cluster cluster) =>
        [.. cluster.Members.Where(m => m.Name != member).Select(m => $"https://{m.Address}:2379")];

    private static async Task<IReadOnlyList<Member>> MembersAsync(IReadOnlyList<string> endpoints, CancellationToken cancellationToken)
    {
        var text = await ControlAsync(endpoints, ["member", "list", "--write-out=json"], cancellationToken);
        return [.. JsonNode.Parse(text)!["members"]!.AsArray().Select(m => new Member(
            m!["ID"]!.GetValue<ulong>().ToString("x", CultureInfo.InvariantCulture),
            (string?)m["name"] ?? "",
            (string?)m["peerURLs"]?[0] ?? "",
            (bool?)m["isLearner"] ?? false))];
    }

    private static Task<string> ControlAsync(IReadOnlyList<string> endpoints, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> where = endpoints.Count == 0
            ? ["--endpoints=" + Local]
            :
            [
                "--endpoints=" + string.Join(',', endpoints), "--cacert=" + PeerCertificate.AuthorityIn(Tls), "--cert=" + PeerCertificate.ChainIn(Tls),
                "--key=" + PeerCertificate.KeyIn(Tls),
            ];
        return SystemCommand.OutputAsync("/usr/bin/etcdctl", ["--dial-timeout=2s", "--command-timeout=5s", .. where, .. command], cancellationToken);
    }

    // How it began matters only once: a change of that is no reason to restart.
    private static string Lasting(byte[] configuration)
    {
        if (configuration.Length == 0 || JsonNode.Parse(configuration) is not JsonObject content)
        {
            return "";
        }

        foreach (var name in (string[])["initial-cluster", "initial-cluster-state", "initial-cluster-token"])
        {
            content.Remove(name);
        }

        return content.ToJsonString();
    }

    private sealed record Member(string Id, string Name, string PeerUrl, bool Learner);
}
