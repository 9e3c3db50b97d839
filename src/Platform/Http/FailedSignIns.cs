using System.Net;
using Beffroi.Platform.Ledger;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http;

/// <summary>
/// Counts failed sign-ins per address (IPv6: per /64), makes an address that fails too often wait, and writes one ledger entry a window
/// for all of them: enough to be seen, and no way to fill the ledger. Bounded in memory. Safe for concurrent use.
/// </summary>
internal sealed partial class FailedSignIns(
    ApiOptions options, TimeProvider time, NpgsqlDataSource store, ILedger ledger, ILogger<FailedSignIns> logger) : BackgroundService
{
    private const int MostAddresses = 10_000;

    // Where addresses beyond those are counted. Several may share a place, and then wait together; none is forgotten for another's sake.
    private const int Places = 1 << 18;
    private readonly Lock _lock = new();
    private Dictionary<IPAddress, int> _guesses = [];
    private int[]? _beyond;
    private long _failures;

    /// <summary>Whether the address has to wait.</summary>
    public bool MustWait(IPAddress? address)
    {
        lock (_lock)
        {
            var source = Source(address);
            return (_guesses.TryGetValue(source, out var guesses) ? guesses : _beyond?[Place(source)] ?? 0) >= options.FailuresAllowed;
        }
    }

    /// <summary>Counts one; only those that presented a token make the address wait.</summary>
    public void Count(IPAddress? address, bool presentedToken)
    {
        var source = Source(address);
        lock (_lock)
        {
            _failures++;
            if (!presentedToken)
            {
                return;
            }

            if (_guesses.Count < MostAddresses || _guesses.ContainsKey(source))
            {
                _guesses[source] = _guesses.GetValueOrDefault(source) + 1;
            }
            else
            {
                (_beyond ??= new int[Places])[Place(source)]++;
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.FailureWindow, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await RecordAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Less than the host's shutdown timeout: what can't be written is at least told.
            using var last = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            await RecordAsync(last.Token);
        }
    }

    // HashCode begins elsewhere in each process: nobody can choose whose place they share.
    private static int Place(IPAddress source) => (int)((uint)HashCode.Combine(source) % Places);

    private static IPAddress Source(IPAddress? address)
    {
        if (address is null || address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            return address ?? IPAddress.None;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private async Task RecordAsync(CancellationToken cancellationToken)
    {
        Dictionary<IPAddress, int> guesses;
        long failures;
        bool more;
        lock (_lock)
        {
            (guesses, _guesses) = (_guesses, []);
            (more, _beyond) = (_beyond is not null, null);
            (failures, _failures) = (_failures, 0);
        }

        if (failures == 0)
        {
            return;
        }

        var most = guesses.Count > 0 ? guesses.MaxBy(g => g.Value).Key.ToString() : null;
        try
        {
            await using var connection = await store.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var entry = new LedgerEntry(
                "anonymous", "sign-in", "refused", Reason: $"{failures} without a valid token, {(more ? Words("more than ") : null)}{guesses.Count} addresses with a wrong one", Origin: most);
            await ledger.AppendAsync(connection, entry, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException)
        {
            NotRecorded(logger, failures, failure);
        }
    }

    [LoggerMessage(LogLevel.Error, "{Failures} failed sign-ins could not be written to the ledger.")]
    private static partial void NotRecorded(ILogger logger, long failures, Exception failure);
}
