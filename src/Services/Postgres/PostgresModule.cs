using Beffroi.Platform.Lockbox;
using Beffroi.Services.Postgres.Backup;
using Beffroi.Services.Postgres.Lockbox;
using Beffroi.Services.Postgres.Metrics;
using Beffroi.Services.Postgres.Reconcile;
using Beffroi.Services.Postgres.Roles;
using Beffroi.Services.Postgres.Spares;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Services.Postgres;

/// <summary>Managed PostgreSQL.</summary>
public static class PostgresModule
{
    /// <summary>Adds the service.</summary>
    public static IServiceCollection AddPostgres(this IServiceCollection services)
    {
        services.AddSingleton<PutPostgres>();
        services.AddSingleton<PostgresSpares>();
        services.AddSingleton<CreatePostgres>();
        services.AddSingleton<ChangePostgres>();
        services.AddSingleton<DeletePostgres>();
        services.AddSingleton<PostgresOperations>();
        services.AddSingleton<MaintainPostgres>();
        services.AddSingleton<RolePasswords>();
        services.AddSingleton<RotatePassword>();
        services.AddSingleton<UndeletePostgres>();
        services.AddSingleton<ReadPostgresCredentials>();
        services.AddSingleton<ILockboxContents, PostgresContents>();
        return services.AddPostgresReconciler().AddPostgresBackup();
    }

    /// <summary>Maps its API.</summary>
    public static void MapPostgresEndpoints(this IEndpointRouteBuilder routes)
    {
        PutPostgres.Map(routes);
        GetPostgres.Map(routes);
        ListPostgres.Map(routes);
        ListOffers.Map(routes);
        ReadMetrics.Map(routes);
        ReadHistory.Map(routes);
        DeletePostgres.Map(routes);
        MaintainPostgres.Map(routes);
        RotatePassword.Map(routes);
        UndeletePostgres.Map(routes);
        ReadPostgresCredentials.Map(routes);
        routes.MapPostgresBackup();
    }
}
