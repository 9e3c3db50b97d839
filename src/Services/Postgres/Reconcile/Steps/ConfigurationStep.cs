using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Steps;
using Beffroi.Services.Postgres.Backup.Reconcile;
using Beffroi.Services.Postgres.Metrics;
using Beffroi.Services.Postgres.Roles;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>What each node's agent shall bring about, ready to be fetched by it.</summary>
internal sealed class ConfigurationStep(IAgents agents, RolePasswords passwords, BackupDesired backup, SpaceSubnet subnet) : IStep<PostgresContext>
{
    // What a customer who administers a database needs; none of them reaches the instance's files or programs.
    private static readonly string[] Memberships = ["pg_monitor", "pg_signal_backend", "pg_maintain", "pg_checkpoint"];

    public string Name => "configuration";

    public string Title => "The configuration is written";

    public string Condition => "Configured";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var changed = false;
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            var verifiers = await passwords.VerifiersAsync(connection, context.Row, context.Spec, token);
            foreach (var node in context.Nodes)
            {
                var desired = Desired(context, node, verifiers);
                await backup.AddAsync(connection, context.Row, desired, token);
                node.DesiredVersion = await agents.SetDesiredAsync(connection, node.InstanceId, new DesiredConfiguration { Postgres = desired }, token);
                changed |= node.DesiredVersion != (node.Agent?.DesiredVersion ?? 0);
            }
        }, cancellationToken);
        context.WroteStrict = IsStrict(context);
        return changed ? StepResult.Changed : StepResult.Holds;
    }

    private static bool IsStrict(PostgresContext context) => context.Spec.Availability == PostgresKind.Strict && context.Notes.Formed;

    private PostgresConfiguration Desired(PostgresContext context, PostgresNode node, IReadOnlyDictionary<string, string> verifiers)
    {
        var role = new PostgresConfiguration.Types.Role
        {
            Name = PostgresKind.Application,
            ScramVerifier = verifiers[PostgresKind.Application],
            CreateDatabase = true,
            CreateRole = true,
        };
        role.MemberOf.AddRange(Memberships);
        var configuration = new PostgresConfiguration
        {
            ClusterName = context.Row.Id.ToString("N"),
            MajorVersion = int.Parse(context.Spec.Version, System.Globalization.CultureInfo.InvariantCulture),
            MemoryBytes = context.Size.MemoryBytes,
            Cpus = context.Size.Cpus,
            ServerName = context.HostName,
            ListenAddress = IdentityStep.Address(subnet, context, node).ToString(),
            Roles = { role },
            Databases =
            {
                new PostgresConfiguration.Types.Database
                {
                    Name = PostgresKind.Application, Owner = PostgresKind.Application, Extensions = { context.Spec.Extensions ?? [] },
                },
            },
            AllowedExtensions = { PostgresExtensions.Allowed },
            AllowedNetworks = { context.Spec.AllowedNetworks ?? [] },
            ClientAuthorities = { context.Spec.ClientAuthorities ?? [] },
            Thresholds = { (context.Spec.Alerts ?? []).Select(AlertRules.ToMessage) },
            Pooler = context.Spec.Pooler is { } pooler
                ? new PostgresConfiguration.Types.Pooler { Mode = pooler.Mode, MaxClients = pooler.MaxClients ?? CustomerPooler.UsualClients }
                : null,
            Cluster = Cluster(context, node),
            Primary = context.Notes.Primary is { } primary ? PostgresNode.MemberOf(primary) : "",
            Restart = node.Notes.Restart ?? "",
        };
        configuration.Roles.AddRange((context.Spec.Roles ?? []).Select(managed => Managed(managed, verifiers)));
        configuration.Databases.AddRange((context.Spec.Databases ?? []).Select(database =>
            new PostgresConfiguration.Types.Database { Name = database.Name, Owner = database.Owner, Extensions = { database.Extensions ?? [] } }));
        foreach (var (name, value) in context.Spec.Parameters ?? new Dictionary<string, string>())
        {
            configuration.Parameters.Add(name, value);
        }

        if (context.WantedNodes == 1 && context.Nodes.Count > 1 && context.Primary != context.Nodes[0])
        {
            configuration.Primary = context.Nodes[0].Member;
        }

        return configuration;
    }

    private static PostgresConfiguration.Types.Role Managed(PostgresRoleSpec role, IReadOnlyDictionary<string, string> verifiers) => new()
    {
        Name = role.Name,
        ScramVerifier = verifiers.GetValueOrDefault(role.Name, ""),
        MemberOf = { role.MemberOf ?? [] },
        Managed = new PostgresConfiguration.Types.Managed
        {
            Login = role.Login != PostgresRoleSpec.None,
            Certificate = role.Login == PostgresRoleSpec.Certificate,
            ValidUntil = role.ValidUntil?.ToUnixTimeSeconds() ?? 0,
            ConnectionLimit = role.ConnectionLimit ?? 0,
        },
    };

    private PostgresConfiguration.Types.Cluster? Cluster(PostgresContext context, PostgresNode node)
    {
        if (context.Notes.Shared is not { } shared)
        {
            return null;
        }

        // Shrinking: first the first node takes over, then it lets go of the others, which are told nothing more.
        var shrinks = context.WantedNodes == 1 && context.Primary == context.Nodes[0] && node == context.Nodes[0];
        var network = context.Row.Space.NetworkIndex;
        var cluster = new PostgresConfiguration.Types.Cluster
        {
            WriterAddress = subnet.Instance(network, shared.First).ToString(),
            ReaderAddress = subnet.Instance(network, shared.First + 1).ToString(),
            Strict = IsStrict(context),
        };
        cluster.Members.AddRange(context.Nodes.Take(shrinks ? 1 : context.Nodes.Count).Select(member => new PostgresConfiguration.Types.Member
        {
            Name = member.Member,
            Address = IdentityStep.Address(subnet, context, member).ToString(),
            Founder = !member.Notes.Joined,
        }));
        return cluster;
    }
}
