using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Ledger.Forwarding;
using Beffroi.Platform.Outbound;
using Beffroi.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Beffroi.Platform.Tests.Ledger;

/// <summary>Entries that are sent on: to a webhook, and to a real rsyslog over TLS.</summary>
public sealed class ForwardingTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly Guid Hospital = Guid.Parse("01900000-0000-7000-8000-000000000001");
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-forward-").FullName;
    private TestStore _store = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.CreateAsync(server, o => o with { OutboundNetworks = [IPNetwork.Parse("127.0.0.0/8")] });
        await _store.Get<IOrganizationKeys>().EnsureAsync(Hospital, Cancel);
        await AppendAsync(0, 3);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_webhook_gets_every_entry_once_in_order_and_signed_also_after_it_was_away()
    {
        var bodies = new ConcurrentQueue<(string Signature, string Body)>();
        var status = 200;
        await using var receiver = await Receiver.StartAsync(async http =>
        {
            var body = await new StreamReader(http.Request.Body).ReadToEndAsync();
            http.Response.StatusCode = status;
            if (status == 200)
            {
                bodies.Enqueue((http.Request.Headers[SignedWebhook.SignatureHeader].ToString(), body));
            }
        });
        using var secret = Secret.FromText("a secret of the test");
        var forward = await PutAsync(receiver.Url + "/hook", receiver.Authority, secret);
        Assert.Equal(3, await ForwardAsync());
        Assert.Equal(0, await ForwardAsync());

        status = 500;
        await AppendAsync(3, 1000);
        Assert.Equal(0, await ForwardAsync());
        Assert.Equal("The receiver answered 500.", (await ForwardOfAsync()).Error);
        // Not before its time.
        Assert.Equal(0, await ForwardAsync());
        status = 200;
        await _store.ExecuteAsync("update platform.ledger_forwards set next_attempt_at = now()");
        Assert.Equal(new List<int> { 500, 500, 0 }, [await ForwardAsync(), await ForwardAsync(), await ForwardAsync()]);
        Assert.Null((await ForwardOfAsync()).Error);

        Assert.Equal(Enumerable.Range(0, 1003), Numbers(string.Concat(bodies.Select(b => b.Body))));
        foreach (var (signature, body) in bodies)
        {
            var seconds = long.Parse(signature.Split('=', ',')[1], CultureInfo.InvariantCulture);
            Assert.Equal(SignedWebhook.Sign(secret, seconds, Encoding.UTF8.GetBytes(body)), signature);
            Assert.InRange(seconds, DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        }

        Assert.Equal(0, await _store.CountAsync("platform.secrets where encode(sealed, 'escape') like '%a secret of the test%'"));
        Assert.Equal(forward.Id, (await ForwardOfAsync()).Id);
    }

    // The example that anyone can compute with `openssl dgst -sha256 -hmac key`.
    [Fact]
    public void A_signature_is_the_hmac_of_time_and_body()
    {
        using var secret = Secret.FromText("key");
        Assert.Equal("t=1,v1=" + Hex(System.Security.Cryptography.HMACSHA256.HashData("key"u8, "1.body"u8)), SignedWebhook.Sign(secret, 1, "body"u8));
        static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
    }

    [Fact]
    public async Task Several_replicas_send_each_batch_once()
    {
        var bodies = new ConcurrentQueue<string>();
        await using var receiver = await Receiver.StartAsync(async http =>
        {
            bodies.Enqueue(await new StreamReader(http.Request.Body).ReadToEndAsync());
            await Task.Delay(50);
        });
        using var secret = Secret.FromText("s");
        await PutAsync(receiver.Url, receiver.Authority, secret);
        await AppendAsync(3, 2000);
        while ((await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ForwardAsync()))).Sum() > 0)
        {
            // Until nothing is left.
        }

        Assert.Equal(Enumerable.Range(0, 2003), Numbers(string.Concat(bodies)));
    }

    [Fact]
    public async Task What_had_arrived_when_the_forwarder_died_is_sent_again_by_the_next_and_nothing_is_lost()
    {
        await using var holding = await _store.OpenAsync();
        var bodies = new ConcurrentQueue<string>();
        await using var receiver = await Receiver.StartAsync(async http =>
        {
            bodies.Enqueue(await new StreamReader(http.Request.Body).ReadToEndAsync());
            if (bodies.Count == 2)
            {
                // It has arrived; whoever wants to note that waits from here on.
                await using var hold = new NpgsqlCommand("begin; select 1 from platform.ledger_forwards for update", holding);
                await hold.ExecuteNonQueryAsync(Cancel);
            }
        });
        using var secret = Secret.FromText("s");
        await PutAsync(receiver.Url, receiver.Authority, secret);
        await AppendAsync(3, 1200);
        Assert.Equal(500, await ForwardAsync());

        using (var dying = NewForwarder())
        using (var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel))
        {
            var sending = dying.ForwardAsync(end.Token);
            while (await _store.CountAsync("pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%set next_index%'") == 0)
            {
                Assert.False(sending.IsCompleted, "It has noted what arrived, or failed.");
                await Task.Delay(20, Cancel);
            }

            await end.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        }

        await using (var release = new NpgsqlCommand("rollback", holding))
        {
            await release.ExecuteNonQueryAsync(Cancel);
        }

        Assert.Equal(500, (await ForwardOfAsync()).NextIndex);
        // Nobody takes over before the longest time that it could have been at it.
        using var next = NewForwarder();
        Assert.Equal(0, await next.ForwardAsync(Cancel));
        await _store.ExecuteAsync("update platform.ledger_forwards set next_attempt_at = now()");
        Assert.Equal(new List<int> { 500, 203, 0 }, [await next.ForwardAsync(Cancel), await next.ForwardAsync(Cancel), await next.ForwardAsync(Cancel)]);
        Assert.Equal([.. Enumerable.Range(0, 1000), .. Enumerable.Range(500, 703)], Numbers(string.Concat(bodies)));
    }

    [Fact]
    public async Task Rsyslog_reads_every_entry_over_tls_also_after_it_was_away()
    {
        var (certificate, key) = Receiver.NewCertificate();
        await File.WriteAllTextAsync(_directory + "/crt", certificate, Cancel);
        await File.WriteAllTextAsync(_directory + "/key", key, Cancel);
        var port = Ports.Free();
        await PutAsync(string.Create(CultureInfo.InvariantCulture, $"syslog+tls://127.0.0.1:{port}"), certificate, null);
        Assert.Equal(0, await ForwardAsync());
        Assert.Contains("can't be reached", (await ForwardOfAsync()).Error, StringComparison.Ordinal);

        await AppendAsync(3, 600);
        using (await Rsyslog.StartAsync(_directory, port))
        {
            await _store.ExecuteAsync("update platform.ledger_forwards set next_attempt_at = now()");
            Assert.Equal(new List<int> { 500, 103, 0 }, [await ForwardAsync(), await ForwardAsync(), await ForwardAsync()]);
        }

        var lines = await File.ReadAllLinesAsync(_directory + "/out", Cancel);
        Assert.Equal(Enumerable.Range(0, 603), Numbers(string.Join('\n', lines.Select(l => l.Split('\t')[^1]))));
        // As rsyslog took it apart: facility, severity, program, message id and structured data (RFC 5424).
        Assert.Equal(["13", "5", "beffroi", "volume.create", "[origin software=\"beffroi\"][meta sequenceId=\"1\"]"], lines[0].Split('\t')[..5]);
        Assert.Equal("4", lines[1].Split('\t')[1]);
        using var message = JsonDocument.Parse(lines[0].Split('\t')[^1]);
        Assert.StartsWith("beffroi/organization/", message.RootElement.GetProperty("log").GetString(), StringComparison.Ordinal);
        Assert.Equal("é\"]", message.RootElement.GetProperty("entry").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_syslog_receiver_that_ends_within_a_batch_gets_all_of_it_again()
    {
        var (certificate, key) = Receiver.NewCertificate();
        using var identity = X509Certificate2.CreateFromPem(certificate, key);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await PutAsync(string.Create(CultureInfo.InvariantCulture, $"syslog+tls://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"), certificate, null);
        await AppendAsync(3, 400);

        // Killed when it has read some: the kernel resets a connection with something unread in it.
        var forwarding = ForwardAsync();
        using (var client = await listener.AcceptTcpClientAsync(Cancel))
        await using (var tls = new SslStream(client.GetStream()))
        {
            await tls.AuthenticateAsServerAsync(identity);
            Assert.NotEqual(0, await tls.ReadAsync(new byte[1000], Cancel));
            client.Client.Close(timeout: 0);
        }

        Assert.Equal(0, await forwarding);
        Assert.NotNull((await ForwardOfAsync()).Error);
        await _store.ExecuteAsync("update platform.ledger_forwards set next_attempt_at = now()");

        forwarding = ForwardAsync();
        using var read = new MemoryStream();
        using (var client = await listener.AcceptTcpClientAsync(Cancel))
        await using (var tls = new SslStream(client.GetStream()))
        {
            await tls.AuthenticateAsServerAsync(identity);
            await tls.CopyToAsync(read, Cancel);
        }

        Assert.Equal(403, await forwarding);
        Assert.Equal(Enumerable.Range(0, 403), Numbers(string.Join('\n', Messages(read.ToArray()).Select(m => m[(m.IndexOf("] {", StringComparison.Ordinal) + 2)..]))));
    }

    // Octet counting (RFC 5425 section 4.3.1).
    private static IEnumerable<string> Messages(byte[] frames)
    {
        for (var at = 0; at < frames.Length;)
        {
            var space = Array.IndexOf(frames, (byte)' ', at);
            var length = int.Parse(frames.AsSpan(at, space - at), CultureInfo.InvariantCulture);
            yield return Encoding.UTF8.GetString(frames, space + 1, length);
            at = space + 1 + length;
        }
    }

    [Fact]
    public async Task A_receiver_with_another_certificate_gets_nothing()
    {
        var asked = 0;
        await using var receiver = await Receiver.StartAsync(_ =>
        {
            asked++;
            return Task.CompletedTask;
        });
        using var secret = Secret.FromText("s");
        await PutAsync(receiver.Url, Receiver.NewCertificate().Certificate, secret);
        Assert.Equal(0, await ForwardAsync());
        Assert.Equal(0, asked);
        Assert.NotNull((await ForwardOfAsync()).Error);
    }

    [Fact]
    public async Task Without_the_organizations_key_a_webhook_waits()
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.CompletedTask);
        using var secret = Secret.FromText("s");
        await PutAsync(receiver.Url, receiver.Authority, secret);
        await _store.ExecuteAsync("delete from platform.secrets");
        Assert.Equal(0, await ForwardAsync());
        Assert.Contains("no secret any more", (await ForwardOfAsync()).Error, StringComparison.Ordinal);
    }

    /// <summary>As a server that starts: it knows what the store tells.</summary>
    private Forwarder NewForwarder() => new(_store.Source, _store.Get<OutboundConnections>(), _store.Get<IResourceKeys>(), TimeProvider.System, NullLogger<Forwarder>.Instance);

    private Task<int> ForwardAsync() => _store.Get<Forwarder>().ForwardAsync(Cancel);

    private async Task AppendAsync(int from, int count)
    {
        await _store.InTransactionAsync(async connection =>
        {
            for (var i = from; i < from + count; i++)
            {
                await _store.Get<ILedger>().AppendAsync(connection, new LedgerEntry("system:test", "volume.create", i == 1 ? "refused" : "done", Hospital, Reason: LedgerReason.Words("é\"]"), Generation: i), Cancel);
            }

            return 0;
        });
        await _store.Get<LedgerIntegration>().IntegrateAsync(Cancel);
    }

    private Task<LedgerForward> PutAsync(string url, string? authority, Secret? secret) => _store.InTransactionAsync(async connection =>
    {
        var forward = new LedgerForward(Guid.CreateVersion7(), Hospital, "siem", url, authority, 0);
        Assert.True(await LedgerForwards.PutAsync(connection, forward, Cancel));
        if (secret is not null)
        {
            await _store.Get<IResourceKeys>().EnsureAsync(connection, Hospital, forward.Id, Cancel);
            await _store.Get<IResourceKeys>().PutSecretAsync(connection, Hospital, forward.Id, LedgerForward.Secret, secret, Cancel);
        }

        return forward;
    });

    private async Task<LedgerForward> ForwardOfAsync()
    {
        await using var connection = await _store.OpenAsync();
        return (await LedgerForwards.ListAsync(connection, Hospital, Cancel)).Single();
    }

    private static IEnumerable<int> Numbers(string lines)
    {
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            Assert.Equal(json.RootElement.GetProperty("index").GetInt32(), json.RootElement.GetProperty("entry").GetProperty("generation").GetInt32());
            yield return json.RootElement.GetProperty("index").GetInt32();
        }
    }

    /// <summary>A real rsyslogd with TLS, writing what it received to a file.</summary>
    private sealed class Rsyslog(Process process) : IDisposable
    {
        public static async Task<Rsyslog> StartAsync(string directory, int port)
        {
            var configuration = directory + "/rsyslog.conf";
            await File.WriteAllTextAsync(configuration, $$"""
                global(workDirectory="{{directory}}" maxMessageSize="128k" defaultNetstreamDriver="gtls" processInternalMessages="off"
                  defaultNetstreamDriverCAFile="{{directory}}/crt" defaultNetstreamDriverCertFile="{{directory}}/crt" defaultNetstreamDriverKeyFile="{{directory}}/key")
                module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
                template(name="parts" type="string" string="%syslogfacility%\t%syslogseverity%\t%app-name%\t%msgid%\t%structured-data%\t%msg%\n")
                input(type="imtcp" address="127.0.0.1" port="{{port}}" ruleset="keep")
                ruleset(name="keep") { action(type="omfile" file="{{directory}}/out" template="parts") }
                """, Cancel);
            var process = Process.Start(new ProcessStartInfo("/usr/sbin/rsyslogd", ["-n", "-f", configuration, "-i", directory + "/pid"]))!;
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    using var probe = new TcpClient();
                    await probe.ConnectAsync(IPAddress.Loopback, port, Cancel);
                    return new Rsyslog(process);
                }
                catch (SocketException) when (attempt < 200 && !process.HasExited)
                {
                    await Task.Delay(50, Cancel);
                }
            }
        }

        /// <summary>Ends it in order, with everything written that it has read.</summary>
        public void Dispose()
        {
            using var kill = Process.Start("/bin/kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            process.WaitForExit(TimeSpan.FromSeconds(10));
            process.Dispose();
        }
    }
}
