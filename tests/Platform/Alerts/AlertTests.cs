using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Alerts;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Outbound;
using Beffroi.Platform.Store;
using Beffroi.Platform.Tests.Ledger;
using Beffroi.Testing;
using Alert = Beffroi.Platform.Alerts.Alert;
using AlertReceiver = Beffroi.Platform.Alerts.AlertReceiver;

namespace Beffroi.Platform.Tests.Alerts;

/// <summary>From a stored condition to a webhook, over a real PostgreSQL and real TLS.</summary>
public sealed class AlertTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly Guid Hospital = Guid.Parse("01900000-0000-7000-8000-000000000001");
    private static readonly Guid Records = Guid.Parse("01900000-0000-7000-8000-0000000000a1");
    private static readonly Guid Dossiers = Guid.Parse("01900000-0000-7000-8000-0000000000b1");
    private readonly ConcurrentQueue<(string Signature, byte[] Body)> _received = new();
    private readonly Secret _secret = Secret.FromText("a secret of the test");
    private int _status = 200;
    private TestStore _store = null!;
    private Receiver _receiver = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IEnumerable<AlertMessage> Messages => _received.Select(r => JsonSerializer.Deserialize(r.Body, WireJson.Default.AlertMessage)!);

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.CreateAsync(server, o => o with { OutboundNetworks = [IPNetwork.Parse("127.0.0.0/8")] });
        await _store.ExecuteAsync($"""
            insert into platform.organizations (id, name) values ('{Hospital}', 'hospital');
            insert into platform.spaces (id, organization_id, name, zone, network_index, classification) values ('{Records}', '{Hospital}', 'records', 'local', 1, 'open');
            """);
        await _store.Get<IOrganizationKeys>().EnsureAsync(Hospital, Cancel);
        _receiver = await Receiver.StartAsync(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            http.Response.StatusCode = _status;
            if (_status == 200)
            {
                _received.Enqueue((http.Request.Headers[SignedWebhook.SignatureHeader].ToString(), body.ToArray()));
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _store.DisposeAsync();
        _secret.Dispose();
    }

    [Fact]
    public async Task A_condition_that_begins_is_told_once_signed_and_its_end_too()
    {
        await PutAsync("on-call");
        await ConditionAsync("WalArchived", holds: false, "Failing");
        await SweepAsync();
        // Whatever restarts: the condition is the same, and so is the alert.
        await SweepAsync();
        Assert.Equal(1, await SendAsync());
        Assert.Equal(0, await SendAsync());
        var raised = Assert.Single(Messages);
        Assert.Equal(("raised", "hospital", "archiving-failing", "critical", "open", "records/postgres/dossiers", "WalArchived: Failing"),
            (raised.Event, raised.Organization, raised.Alert.Kind, raised.Alert.Severity, raised.Alert.State, raised.Alert.Subject, raised.Alert.Text));
        var (signature, body) = _received.Single();
        var seconds = long.Parse(signature.Split('=', ',')[1], CultureInfo.InvariantCulture);
        Assert.Equal(SignedWebhook.Sign(_secret, seconds, body), signature);
        Assert.InRange(seconds, DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());

        // It has just begun to hold again: perhaps not for long.
        await ConditionAsync("WalArchived", holds: true, "Done");
        await SweepAsync();
        Assert.Equal(0, await SendAsync());
        await ConditionAsync("WalArchived", holds: true, "Done", agoSeconds: 61);
        await SweepAsync();
        await SweepAsync();
        Assert.Equal(1, await SendAsync());
        var resolved = Messages.Last();
        Assert.Equal(("resolved", raised.Alert.Id, "resolved"), (resolved.Event, resolved.Alert.Id, resolved.Alert.State));
        Assert.NotNull(resolved.Alert.ResolvedAt);
        Assert.NotEqual(raised.Id, resolved.Id);

        // A new failure is a new alert.
        await ConditionAsync("WalArchived", holds: false, "Failing");
        await SweepAsync();
        Assert.Equal(1, await SendAsync());
        Assert.NotEqual(raised.Alert.Id, Messages.Last().Alert.Id);
    }

    [Fact]
    public async Task What_did_not_arrive_is_sent_again_with_the_same_id_and_the_end_after_the_beginning()
    {
        await PutAsync("on-call");
        await ConditionAsync("WalArchived", holds: false, "Failing");
        await SweepAsync();
        _status = 500;
        Assert.Equal(0, await SendAsync());
        await ConditionAsync("WalArchived", holds: true, "Done", agoSeconds: 61);
        await SweepAsync();
        _status = 200;
        // Not before its time, and not the end alone.
        Assert.Equal(0, await SendAsync());
        var waiting = Assert.Single(await ShownAsync());
        Assert.Equal((2, "The receiver answered 500."), (waiting.Waiting, waiting.Error));
        // Something new isn't held up by what failed.
        await RaiseAsync(new Alert("backup-late", "warning", "records", "x"));
        Assert.Equal(1, await SendAsync());
        Assert.Equal("backup-late", Assert.Single(Messages).Alert.Kind);

        await _store.ExecuteAsync("update platform.alert_receivers set next_attempt_at = now()");
        Assert.Equal(1, await SendAsync());
        Assert.Equal(1, await SendAsync());
        Assert.Equal(["raised", "raised", "resolved"], Messages.Select(m => m.Event));
        var arrived = Assert.Single(await ShownAsync());
        Assert.Equal((0, null), (arrived.Waiting, arrived.Error));
        Assert.NotNull(arrived.DeliveredAt);
    }

    [Fact]
    public async Task Whoever_is_killed_between_arrival_and_the_note_of_it_sends_again_with_the_same_id()
    {
        await PutAsync("on-call");
        await RaiseAsync(new Alert("backup-late", "warning", "records", "x"));
        Assert.Equal(1, await SendAsync());
        // As the store would be if the process had been killed before it wrote that it arrived: leased, and waiting.
        await _store.ExecuteAsync("update platform.alert_deliveries set delivered_at = null; update platform.alert_receivers set leased_until = now() + interval '2 minutes'");
        Assert.Equal(0, await SendAsync());
        await _store.ExecuteAsync("update platform.alert_receivers set leased_until = now()");
        Assert.Equal(1, await SendAsync());
        Assert.Single(Messages.Select(m => m.Id).Distinct());
        Assert.Equal(2, _received.Count);
    }

    [Fact]
    public async Task Several_replicas_raise_and_send_once()
    {
        await PutAsync("on-call");
        await PutAsync("another");
        await ConditionAsync("WalArchived", holds: false, "Failing");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _store.Get<AlertWatch>().SweepAsync(reviews: true, Cancel)));
        while ((await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SendAsync()))).Sum() > 0)
        {
            // Until nothing is left.
        }

        Assert.Equal(2, _received.Count);
        Assert.Equal(2, Messages.Select(m => m.Id).Distinct().Count());
        Assert.Single(Messages.Select(m => m.Alert.Id).Distinct());
    }

    [Fact]
    public async Task After_three_days_it_is_given_up_and_that_is_shown()
    {
        await PutAsync("on-call");
        await RaiseAsync(new Alert("backup-late", "warning", "records", "x"));
        await _store.ExecuteAsync("update platform.alert_deliveries set created_at = now() - interval '73 hours'");
        _status = 500;
        Assert.Equal(0, await SendAsync());
        var shown = Assert.Single(await ShownAsync());
        Assert.Equal((0, 1), (shown.Waiting, shown.GivenUp));
        _status = 200;
        await _store.ExecuteAsync("update platform.alert_receivers set next_attempt_at = now()");
        Assert.Equal(0, await SendAsync());
    }

    [Fact]
    public async Task A_receiver_gets_what_its_filter_lets_through()
    {
        var other = Guid.CreateVersion7();
        await PutAsync("critical", r => r with { LeastSeverity = "critical" });
        await PutAsync("space", r => r with { SpaceIds = [Records] });
        await PutAsync("kind", r => r with { Kinds = ["backup-late"] });
        await RaiseAsync(new Alert("backup-late", "warning", "a", "") { SpaceId = other });
        await RaiseAsync(new Alert("backup-failing", "critical", "b", "") { SpaceId = Records });
        await RaiseAsync(new Alert("organization-sealed", "critical", "c", ""));
        await using var told = _store.Source.CreateCommand("""
            select r.name || ' ' || a.kind from platform.alert_deliveries d join platform.alerts a on a.id = d.alert_id join platform.alert_receivers r on r.id = d.receiver_id order by 1
            """);
        var seen = new List<string>();
        await using var reader = await told.ExecuteReaderAsync(Cancel);
        while (await reader.ReadAsync(Cancel))
        {
            seen.Add(reader.GetString(0));
        }

        Assert.Equal(["critical backup-failing", "critical organization-sealed", "kind backup-late", "space backup-failing"], seen);
    }

    [Fact]
    public async Task What_is_raised_in_a_transaction_that_fails_is_told_to_nobody()
    {
        await PutAsync("on-call");
        await using var connection = await _store.OpenAsync();
        await using (await connection.BeginTransactionAsync(Cancel))
        {
            Assert.True(await OpenAlerts.RaiseAsync(connection, Hospital, new Alert("backup-late", "warning", "a", ""), Cancel));
            Assert.False(await OpenAlerts.RaiseAsync(connection, Hospital, new Alert("backup-late", "warning", "a", "again"), Cancel));
        }

        Assert.Equal(0, await SendAsync());
        Assert.Equal(0, await _store.CountAsync("platform.alerts"));
        await Assert.ThrowsAsync<ArgumentException>(() => OpenAlerts.RaiseAsync(connection, Hospital, new Alert("nonsense", "warning", "a", ""), Cancel));
    }

    [Fact]
    public async Task Resources_that_nobody_sees_or_that_are_being_deleted_raise_nothing_and_deletion_ends_what_was()
    {
        await ConditionAsync("WalArchived", holds: false, "Failing");
        await _store.ExecuteAsync("update platform.resources set spare = true");
        await SweepAsync();
        Assert.Equal(0, await _store.CountAsync("platform.alerts"));
        await _store.ExecuteAsync("update platform.resources set spare = false");
        await SweepAsync();
        Assert.Equal(1, await _store.CountAsync("platform.alerts where resolved_at is null"));
        await _store.ExecuteAsync("update platform.resources set deletion_requested_at = now()");
        await SweepAsync();
        Assert.Equal(0, await _store.CountAsync("platform.alerts where resolved_at is null"));
        await SweepAsync();
        Assert.Equal(1, await _store.CountAsync("platform.alerts"));
    }

    [Fact]
    public async Task What_nobody_knows_any_more_of_a_space_ends_nothing()
    {
        await _store.ExecuteAsync($"insert into platform.space_conditions (space_id, type, holds, reason, message) values ('{Records}', 'IsolationVerified', false, 'AttackSucceeded', 'x')");
        await SweepAsync();
        await _store.ExecuteAsync("update platform.space_conditions set stale_after = now() - interval '1 hour'");
        await SweepAsync();
        Assert.Equal(1, await _store.CountAsync("platform.alerts where kind = 'isolation-broken' and subject = 'records' and resolved_at is null"));
        await _store.ExecuteAsync("update platform.space_conditions set stale_after = null, holds = true, since = now() - interval '2 minutes'");
        await SweepAsync();
        Assert.Equal(0, await _store.CountAsync("platform.alerts where resolved_at is null"));
    }

    [Fact]
    public async Task Evidence_that_lapses_is_one_alert_of_the_organization()
    {
        await _store.ExecuteAsync($"""
            insert into platform.spaces (id, organization_id, name, zone, network_index, classification) values (gen_random_uuid(), '{Hospital}', 'other', 'local', 2, 'open');
            insert into platform.space_conditions (space_id, type, holds, reason, message, since) select id, 'EvidenceHolds', false, 'Failing', 'x', now() - interval '3 minutes' from platform.spaces;
            """);
        await SweepAsync();
        Assert.Equal(1, await _store.CountAsync("platform.alerts where kind = 'evidence-lapsed' and subject = 'hospital' and space_id is null"));
        await _store.ExecuteAsync("update platform.space_conditions set holds = true, since = now() - interval '3 minutes'");
        await SweepAsync();
        Assert.Equal(0, await _store.CountAsync("platform.alerts where resolved_at is null"));
    }

    [Fact]
    public async Task A_sealed_organization_is_an_alert_whose_webhook_waits_for_the_key()
    {
        await PutAsync("on-call");
        await _store.ExecuteAsync($"insert into platform.organization_seals (organization_id, sealed, reason) values ('{Hospital}', true, 'A test.')");
        await SweepAsync();
        Assert.Equal(0, await SendAsync());
        var shown = Assert.Single(await ShownAsync());
        Assert.Equal(1, shown.Waiting);
        Assert.Contains("sealed", shown.Error, StringComparison.Ordinal);
        Assert.Empty(_received);
        await _store.ExecuteAsync("update platform.organization_seals set sealed = false; update platform.alert_receivers set next_attempt_at = now()");
        await SweepAsync();
        Assert.Equal(1, await SendAsync());
        Assert.Equal(1, await SendAsync());
        Assert.Equal(["raised", "resolved"], Messages.Select(m => m.Event));
    }

    [Fact]
    public async Task Access_reviews_are_reminded_of_once_when_they_are_due_and_once_when_they_are_overdue()
    {
        await _store.ExecuteAsync($"""
            insert into platform.principals (id, organization_id, name, kind, accepted_at) values (gen_random_uuid(), '{Hospital}', 'alice', 'user', now());
            update platform.organizations set created_at = now() - interval '340 days';
            """);
        await PutAsync("on-call");
        await SweepAsync();
        await SweepAsync();
        Assert.Equal(1, await SendAsync());
        Assert.Equal("access-review-due", Assert.Single(Messages).Alert.Kind);
        await _store.ExecuteAsync("update platform.organizations set created_at = created_at - interval '30 days'; update platform.alerts set key = key");
        await SweepAsync();
        await SweepAsync();
        while (await SendAsync() > 0)
        {
            // Until nothing is left.
        }

        Assert.Equal(1, Messages.Count(m => m.Alert.Kind == "access-review-overdue" && m.Event == "raised"));
        await _store.ExecuteAsync($"""
            insert into platform.access_reviews (id, organization_id, kind, state, begun_by, ended_by, ended_at) values (gen_random_uuid(), '{Hospital}', 'rights', 'closed', 'alice', 'alice', now())
            """);
        await SweepAsync();
        Assert.Equal(0, await _store.CountAsync("platform.alerts where resolved_at is null"));
    }

    [Fact]
    public async Task The_operators_ledger_reminds_of_its_own_reviews_once_when_they_are_due_and_once_when_they_are_overdue()
    {
        const string Own = "platform.ledger_pending where log_id = '00000000-0000-0000-0000-000000000000' and members like ";
        await _store.ExecuteAsync("insert into platform.operators (id, name, accepted_at) values (gen_random_uuid(), 'olga', now())");
        await SweepAsync();
        Assert.Equal(0, await _store.CountAsync(Own + "'%access-review.%'"));
        await _store.ExecuteAsync("update store.migrations set applied_at = now() - interval '340 days'");
        await SweepAsync();
        await SweepAsync();
        Assert.Equal((1, 0), (await _store.CountAsync(Own + "'%access-review.due%'"), await _store.CountAsync(Own + "'%access-review.overdue%'")));
        await _store.ExecuteAsync("update store.migrations set applied_at = now() - interval '370 days'");
        await SweepAsync();
        await SweepAsync();
        Assert.Equal((1, 1), (await _store.CountAsync(Own + "'%access-review.due%'"), await _store.CountAsync(Own + "'%access-review.overdue%'")));
        // No organization is told.
        Assert.Equal((2, 0), (await _store.CountAsync(Own + "'%access-review.%'"), await _store.CountAsync("platform.alerts")));
    }

    [Fact]
    public async Task Old_alerts_are_forgotten_with_what_was_told_of_them()
    {
        await PutAsync("on-call");
        await RaiseAsync(new Alert("backup-late", "warning", "a", ""));
        await RaiseAsync(new Alert("backup-late", "warning", "b", ""));
        await _store.ExecuteAsync("update platform.alerts set resolved_at = now() - interval '91 days' where subject = 'a'; update platform.alerts set raised_at = now() - interval '91 days'");
        await new Pruning(_store.Source, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<Pruning>.Instance).PruneAsync(Cancel);
        Assert.Equal((1, 1), (await _store.CountAsync("platform.alerts"), await _store.CountAsync("platform.alert_deliveries")));
    }

    private Task<bool> SweepAsync() => _store.Get<AlertWatch>().SweepAsync(reviews: true, Cancel);

    private Task<int> SendAsync() => _store.Get<AlertSender>().SendAsync(Cancel);

    private Task<bool> RaiseAsync(Alert alert) => _store.InTransactionAsync(connection => OpenAlerts.RaiseAsync(connection, Hospital, alert, Cancel));

    private async Task<List<Contracts.AlertReceiver>> ShownAsync()
    {
        await using var connection = await _store.OpenAsync();
        return await AlertReceivers.ShowAsync(connection, Hospital, null, Cancel);
    }

    private Task<bool> PutAsync(string name, Func<AlertReceiver, AlertReceiver>? change = null) => _store.InTransactionAsync(async connection =>
    {
        var receiver = new AlertReceiver(Guid.CreateVersion7(), Hospital, name, _receiver.Url, _receiver.Authority, null, "en", "warning", null, null);
        receiver = change?.Invoke(receiver) ?? receiver;
        await _store.Get<IResourceKeys>().EnsureAsync(connection, Hospital, receiver.Id, Cancel);
        await _store.Get<IResourceKeys>().PutSecretAsync(connection, Hospital, receiver.Id, AlertReceiver.Secret, _secret, Cancel);
        return await AlertReceivers.PutAsync(connection, receiver, Cancel);
    });

    private Task ConditionAsync(string type, bool holds, string reason, int agoSeconds = 0)
    {
        var condition = new Condition(type, holds, reason, "What a customer may read in the status.", DateTimeOffset.UtcNow.AddSeconds(-agoSeconds));
        var status = "{\"state\":\"ready\",\"conditions\":[" + JsonSerializer.Serialize(condition, WireJson.Default.Condition) + "]}";
        return _store.ExecuteAsync($"""
            insert into platform.resources (id, kind, space_id, name, spec, status) values ('{Dossiers}', 'postgres', '{Records}', 'dossiers', '{"{}"}', '{status}')
            on conflict (id) do update set status = excluded.status
            """);
    }
}
