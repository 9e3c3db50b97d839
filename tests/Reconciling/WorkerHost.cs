using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Beffroi.Reconciling.Tests;

/// <summary>A worker in a host of its own, as a process has it, with connections of its own.</summary>
internal sealed class WorkerHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly NpgsqlDataSource _source;

    private WorkerHost(IHost host, NpgsqlDataSource source) => (_host, _source) = (host, source);

    public static async Task<WorkerHost> StartAsync(TestStore store, IReconciler reconciler, Func<ReconcilingOptions, ReconcilingOptions>? change = null, TimeProvider? time = null)
    {
        var source = NpgsqlDataSource.Create(store.ConnectionString + ";Application Name=worker");
        var options = new ReconcilingOptions { SweepInterval = TimeSpan.FromMilliseconds(50) };
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(time ?? TimeProvider.System).AddSingleton(source).AddSingleton(reconciler).AddReconciling(change?.Invoke(options) ?? options);
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new WorkerHost(host, source);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await _source.DisposeAsync();
    }
}

/// <summary>Reconciles by a function.</summary>
internal sealed class FunctionReconciler(Func<ILease, CancellationToken, Task<Requeue>> reconcile) : IReconciler
{
    private int _runs;

    public string Kind => "test";

    public int Runs => Volatile.Read(ref _runs);

    public Task<Requeue> ReconcileAsync(ILease lease, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _runs);
        return reconcile(lease, cancellationToken);
    }
}
