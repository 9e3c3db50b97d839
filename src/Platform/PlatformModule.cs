using Beffroi.Infrastructure;
using Beffroi.Platform.Access;
using Beffroi.Platform.Access.Reviews;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Alerts;
using Beffroi.Platform.Conditions;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Keys.Escrow;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Ledger.Forwarding;
using Beffroi.Platform.Ledger.Witnesses;
using Beffroi.Platform.Outbound;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Protection;
using Beffroi.Platform.Quotas;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Store;
using Beffroi.Platform.Tenancy;
using Beffroi.Platform.Usage;
using Beffroi.Reconciling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Beffroi.Platform;

/// <summary>Registers the platform.</summary>
public static class PlatformModule
{
    /// <summary>
    /// Adds the store, identity, access, ledger, keys, tenancy, authorities and agents. At start, before any hosted service starts, the store's schema is
    /// brought up to date; services add theirs with <see cref="AddMigrations"/>.
    /// </summary>
    public static IServiceCollection AddPlatform(this IServiceCollection services, PlatformOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddNpgsqlDataSource(options.ConnectionString);
        services.AddNpgsqlDataSource(
            new NpgsqlConnectionStringBuilder(options.ConnectionString) { MaxPoolSize = OrganizationKeys.MostConnections }.ConnectionString, serviceKey: OrganizationKeys.Connections);
        services.AddMigrations(typeof(ISignals).Assembly).AddMigrations(typeof(PlatformModule).Assembly);
        services.AddSingleton<Migrator>();
        services.AddSingleton<IAuthenticator, TokenAuthenticator>();
        services.AddSingleton<IPrincipals, Principals>();
        services.AddSingleton<IAuthorizer, Authorizer>();
        services.AddSingleton<ILedger, MerkleLedger>();
        services.AddSingleton<LedgerIntegration>();
        services.AddSingleton<KeyProviders>();
        services.AddSignals();
        services.AddSingleton<OrganizationKeys>();
        services.AddSingleton<IOrganizationKeys>(provider => provider.GetRequiredService<OrganizationKeys>());
        services.AddSingleton<ISeals, Seals>();
        services.AddSingleton<SealSteps>();
        services.AddSingleton<RotationSteps>();
        services.AddSingleton<EscrowSealing>();
        services.AddSingleton<EscrowRecovery>();
        services.AddSingleton<IReconciler, OrganizationKeyReconciler>();
        services.AddSingleton<IResourceKeys, ResourceKeys>();
        services.AddSingleton<OrganizationSafeguards>();
        services.AddSingleton<Approvals>();
        services.AddSingleton<IOrganizations, Organizations>();
        services.AddSingleton<ISpaces, Spaces>();
        services.AddSingleton<IAddresses, Addresses>();
        services.AddSingleton<IThrowAwaySpaces, ThrowAwaySpaces>();
        services.AddSingleton<ISpaceConditions, SpaceConditions>();
        services.AddSingleton<IPolicy, SpacePolicies>();
        services.AddSingleton<IEvidenceSigner, EvidenceSigner>();
        services.AddSingleton<IQuotas, QuotaTable>();
        services.AddSingleton(new SpaceSubnet(options.SpaceRange));
        services.AddSingleton<IAuthorities, Authorities>();
        services.AddSingleton<IAgents, AgentTable>();
        services.AddSingleton(new FaultPoints(options.FaultDirectory));
        services.AddSingleton<RecipeRunner>();
        services.AddHostedService<Startup>();
        services.AddHostedService<Pruning>();
        services.AddHostedService<PolicySchedule>();
        services.AddHostedService<MemoryClearing>();
        services.AddSingleton<UsageRecorder>();
        services.AddHostedService(provider => provider.GetRequiredService<UsageRecorder>());
        services.AddHostedService(provider => provider.GetRequiredService<LedgerIntegration>());
        services.AddSingleton<OutboundConnections>();
        services.AddSingleton<WitnessClient>();
        services.AddSingleton<Cosigning>();
        services.AddHostedService(provider => provider.GetRequiredService<Cosigning>());
        services.AddSingleton<Forwarder>();
        services.AddHostedService(provider => provider.GetRequiredService<Forwarder>());
        services.AddSingleton<OperatorReviewReminders>();
        services.AddSingleton<AlertWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<AlertWatch>());
        services.AddSingleton<MailSender>();
        services.AddSingleton<AlertSender>();
        services.AddHostedService(provider => provider.GetRequiredService<AlertSender>());
        return services;
    }

    /// <summary>Adds an assembly's embedded <c>NNNN_name.sql</c> files to the store's schema.</summary>
    public static IServiceCollection AddMigrations(this IServiceCollection services, System.Reflection.Assembly assembly) =>
        services.AddSingleton(new MigrationSource(assembly));
}
