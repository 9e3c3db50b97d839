using Beffroi.Platform;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Usage;
using Beffroi.Reconciling;
using Beffroi.Services.Postgres.Backup.Reconcile;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>Puts backup into the container and its routes into the API.</summary>
internal static class BackupRegistration
{
    internal static IServiceCollection AddPostgresBackup(this IServiceCollection services) =>
        services
            .AddMigrations(typeof(BackupRegistration).Assembly)
            .AddSingleton<SpaceRepository>()
            .AddSingleton<BackupDesired>()
            .AddSingleton<BackupStep>()
            .AddSingleton<BackupTurnover>()
            .AddSingleton<RestoreAccessStep>()
            .AddSingleton<RepositoryKeyStep>()
            .AddSingleton<RepositoryRekeyStep>()
            .AddSingleton<RepositoryVolumeStep>()
            .AddSingleton<RepositoryIdentityStep>()
            .AddSingleton<RepositoryConfigurationStep>()
            .AddSingleton<RepairStep>()
            .AddSingleton<RepositoryInstanceStep>()
            .AddSingleton<RepositoryAgentStep>()
            .AddSingleton<LocksStep>()
            .AddSingleton<RepositoryReadyStep>()
            .AddSingleton<StopRepositoryStep>()
            .AddSingleton<LockRepositoryStep>()
            .AddSingleton<IReconciler, RepositoryReconciler>()
            .AddSingleton<IInstanceSecrets, BackupSecrets>()
            .AddSingleton<IServerNames, RepositoryServerNames>()
            .AddSingleton<CreateBackup>()
            .AddSingleton<RestoreToNew>()
            .AddSingleton<IBackupMeter, BackupMeter>()
            .AddSingleton<MaintainRepository>();

    internal static void MapPostgresBackup(this IEndpointRouteBuilder routes)
    {
        ReadBackups.Map(routes);
        CreateBackup.Map(routes);
        RestoreToNew.Map(routes);
        MaintainRepository.Map(routes);
    }
}
