using Beffroi.Reconciling;
using Beffroi.Reconciling.ChaosWorker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

// One worker process of the chaos test: its only argument is the store's connection string.
var builder = Host.CreateEmptyApplicationBuilder(null);
builder.Logging.AddConsole().SetMinimumLevel(LogLevel.Error);
builder.Services
    .AddSingleton(NpgsqlDataSource.Create(args[0]))
    .AddSingleton<IReconciler, StepsReconciler>()
    .AddReconciling(new ReconcilingOptions { LeaseDuration = TimeSpan.FromSeconds(1), SweepInterval = TimeSpan.FromMilliseconds(200) });
await builder.Build().RunAsync();
