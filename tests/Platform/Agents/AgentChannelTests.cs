using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Reconciling;
using Beffroi.Testing;
using Google.Protobuf;
using Grpc.Core;
using CertificateRequest = Beffroi.Contracts.Agents.CertificateRequest;

namespace Beffroi.Platform.Tests.Agents;

public sealed class AgentChannelTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_enrols_reports_renews_and_gets_a_server_certificate()
    {
        await using var server = await AgentServer.StartAsync(postgres);
        var (instance, resource, token) = await server.InstanceAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = await server.EnrolAsync(instance, token, key);
        Assert.Equal($"CN={instance:D}", certificate.Subject);
        using var agent = server.Connect(certificate);

        await agent.Client.ReportAsync(new Facts { AgentVersion = "1", VolumeUsedBytes = 1 }, cancellationToken: Cancel);
        Assert.Equal([new WorkKey("postgres", resource)], server.Signals.Keys);
        await agent.Client.ReportAsync(new Facts { AgentVersion = "1", VolumeUsedBytes = 2 }, cancellationToken: Cancel);
        Assert.Single(server.Signals.Keys);
        await agent.Client.ReportAsync(new Facts { AgentVersion = "1", VolumeUsedBytes = 2, AppliedVersion = 1 }, cancellationToken: Cancel);
        Assert.Equal(2, server.Signals.Keys.Count);

        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var renewed = AgentServer.Certificate(await agent.Client.RenewAsync(new CertificateRequest { CertificateRequest_ = AgentServer.Request(next) }, cancellationToken: Cancel), next);
        using var again = server.Connect(renewed);
        var reply = await again.Client.SignServerAsync(new CertificateRequest { CertificateRequest_ = AgentServer.Request(next) }, cancellationToken: Cancel);
        using var serverCertificate = X509CertificateLoader.LoadCertificate(reply.Chain[0].ToByteArray());
        Assert.True(serverCertificate.MatchesHostname("first.eval.hospital"));

        await using var connection = await server.Store.OpenAsync();
        var record = await server.Store.Get<IAgents>().FindAsync(connection, instance, Cancel);
        Assert.Equal(1, record?.Facts?.AppliedVersion);
        Assert.NotNull(record?.LastSeenAt);
        Assert.Equal(renewed.NotAfter.ToUniversalTime(), record.CertificateNotAfter!.Value.UtcDateTime);
        Assert.InRange(record.CertificateNotAfter.Value - DateTimeOffset.UtcNow, TimeSpan.FromDays(6.9), TimeSpan.FromDays(7));
        Assert.Equal(3, await server.Store.CountAsync($"platform.ledger where entry like '%\"actor\":\"agent:{instance}\"%' and organization_id is not null"));
        Assert.Equal(0, await server.Store.CountAsync($"platform.ledger where entry like '%{token}%'"));
    }

    [Theory]
    [InlineData("create", "agent.enrol agent.sign-server")]
    [InlineData("update", "agent.enrol")]
    public async Task What_an_instance_is_given_while_it_is_made_for_somebody_is_on_their_behalf(string verb, string expected)
    {
        await using var server = await AgentServer.StartAsync(postgres);
        var (instance, resource, token) = await server.InstanceAsync();
        await server.Store.ExecuteAsync($$"""
            insert into platform.operations (id, space_id, resource_id, resource_kind, resource_name, verb, generation, state, requested_by)
            select gen_random_uuid(), space_id, id, kind, name, '{{verb}}', 1, 'running', 'customer:alice' from platform.resources where id = '{{resource}}'
            """);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = await server.EnrolAsync(instance, token, key);
        using var agent = server.Connect(certificate);
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var renewed = AgentServer.Certificate(await agent.Client.RenewAsync(new CertificateRequest { CertificateRequest_ = AgentServer.Request(next) }, cancellationToken: Cancel), next);
        using var again = server.Connect(renewed);
        await again.Client.SignServerAsync(new CertificateRequest { CertificateRequest_ = AgentServer.Request(next) }, cancellationToken: Cancel);
        await using var command = server.Store.Source.CreateCommand(
            "select string_agg(entry::jsonb->>'action', ' ' order by entry::jsonb->>'action') from platform.ledger where entry::jsonb->>'onBehalfOf' = 'customer:alice' and entry::jsonb ? 'operationId'");
        Assert.Equal(expected, await command.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task An_agent_is_asked_and_answers_and_nothing_of_it_is_kept()
    {
        await using var server = await AgentServer.StartAsync(postgres);
        var (instance, _, token) = await server.InstanceAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = await server.EnrolAsync(instance, token, key);
        using var agent = server.Connect(certificate);
        var question = new AgentQuestion { History = new HistoryQuestion { Series = { "cpu" }, Step = 10 } };
        // Nobody is there yet; nor is it somebody else who is asked.
        Assert.Null(await server.Questions.AskAsync(instance, question, Cancel));
        using (var call = agent.Client.Ask(cancellationToken: Cancel))
        {
            var asked = AskedAsync(server, instance, question);
            Assert.True(await call.ResponseStream.MoveNext(Cancel));
            Assert.Equal(question.History, call.ResponseStream.Current.History);
            // An answer that nobody waits for is let go.
            await call.RequestStream.WriteAsync(new AgentAnswer { Id = 1_000_000, Problem = "stray" }, Cancel);
            await call.RequestStream.WriteAsync(new AgentAnswer { Id = call.ResponseStream.Current.Id, Problem = "none" }, Cancel);
            Assert.Equal("none", (await asked)!.Problem);
            Assert.Null(await server.Questions.AskAsync(Guid.NewGuid(), question, Cancel));

            // One that leaves with a question open has not answered it.
            var open = server.Questions.AskAsync(instance, question, Cancel);
            Assert.True(await call.ResponseStream.MoveNext(Cancel));
            await call.RequestStream.CompleteAsync();
            Assert.Null(await open);
        }

        // Who comes back is asked again; and one that takes too long is not waited for.
        using var again = agent.Client.Ask(cancellationToken: Cancel);
        var late = AskedAsync(server, instance, question);
        Assert.True(await again.ResponseStream.MoveNext(Cancel));
        Assert.Null(await late);
        using var nobody = server.Connect();
        using var refused = nobody.Client.Ask(cancellationToken: Cancel);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => refused.ResponseStream.MoveNext(Cancel))).StatusCode);
    }

    // As soon as it is there: it connects while it is asked.
    private static async Task<AgentAnswer?> AskedAsync(AgentServer server, Guid instance, AgentQuestion question)
    {
        var began = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var asked = System.Diagnostics.Stopwatch.StartNew();
            if (await server.Questions.AskAsync(instance, question, Cancel) is { } answer)
            {
                return answer;
            }

            if (asked.Elapsed > TimeSpan.FromSeconds(1))
            {
                return null;
            }

            Assert.True(began.Elapsed < TimeSpan.FromSeconds(30), "It is not there.");
            await Task.Delay(10, Cancel);
        }
    }

    [Fact]
    public async Task A_token_enrols_one_key_repeatedly_until_its_certificate_is_used()
    {
        await using var server = await AgentServer.StartAsync(postgres);
        var (instance, _, token) = await server.InstanceAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var thief = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (await server.EnrolAsync(instance, token, key)).Dispose();
        using var certificate = await server.EnrolAsync(instance, token, key);
        await RefusedAsync(() => server.EnrolAsync(instance, token, thief));
        using var agent = server.Connect(certificate);
        await agent.Client.ReportAsync(new Facts(), cancellationToken: Cancel);
        await RefusedAsync(() => server.EnrolAsync(instance, token, key));
        await RefusedAsync(() => server.EnrolAsync(instance, token, thief));

        // The same token given again stays used up; another one enrols another key.
        await SetTokenAsync(server, instance, token);
        await RefusedAsync(() => server.EnrolAsync(instance, token, thief));
        await SetTokenAsync(server, instance, token + "2");
        (await server.EnrolAsync(instance, token + "2", thief)).Dispose();
    }

    [Fact]
    public async Task Wrong_tokens_and_instances_are_refused_alike()
    {
        await using var server = await AgentServer.StartAsync(postgres);
        var (instance, _, token) = await server.InstanceAsync();
        var (other, _, _) = await server.InstanceAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var first = await RefusedAsync(() => server.EnrolAsync(instance, token + "x", key));
        Assert.Equal(first, await RefusedAsync(() => server.EnrolAsync(other, token, key)));
        Assert.Equal(first, await RefusedAsync(() => server.EnrolAsync(Guid.NewGuid(), token, key)));
        await server.Store.ExecuteAsync("update platform.agents set token_expires_at = now()");
        Assert.Equal(first, await RefusedAsync(() => server.EnrolAsync(instance, token, key)));
    }

    [Fact]
    public async Task Malformed_requests_are_told_so()
    {
        await using var server = await AgentServer.StartAsync(postgres);
        var (instance, _, token) = await server.InstanceAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var agent = server.Connect();
        EnrollRequest[] malformed =
        [
            new() { InstanceId = "x", Token = token, CertificateRequest = AgentServer.Request(key) },
            new() { InstanceId = instance.ToString(), Token = "", CertificateRequest = AgentServer.Request(key) },
            new() { InstanceId = instance.ToString(), Token = token, CertificateRequest = ByteString.CopyFromUtf8("no request") },
            new() { InstanceId = instance.ToString(), Token = token },
        ];
        foreach (var request in malformed)
        {
            Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(async () => await agent.Client.EnrollAsync(request, cancellationToken: Cancel))).StatusCode);
        }

        var large = new EnrollRequest { InstanceId = new string('x', 600_000) };
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(async () => await agent.Client.EnrollAsync(large, cancellationToken: Cancel))).StatusCode);
    }

    [Fact]
    public async Task Without_a_certificate_there_is_only_enrolment()
    {
        await using var server = await AgentServer.StartAsync(postgres);
        using var agent = server.Connect();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest { CertificateRequest_ = AgentServer.Request(key) };
        await RefusedAsync(async () => await agent.Client.ReportAsync(new Facts(), cancellationToken: Cancel));
        await RefusedAsync(async () => await agent.Client.RenewAsync(request, cancellationToken: Cancel));
        await RefusedAsync(async () => await agent.Client.SignServerAsync(request, cancellationToken: Cancel));
        await RefusedAsync(async () => await agent.Client.Watch(new WatchRequest(), cancellationToken: Cancel).ResponseStream.MoveNext(Cancel));
    }

    [Fact]
    public async Task Certificates_that_are_not_an_agents_do_not_connect()
    {
        await using var server = await AgentServer.StartAsync(postgres);
        var (instance, _, _) = await server.InstanceAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // The right name, by an authority of its own.
        using var forged = new System.Security.Cryptography.X509Certificates.CertificateRequest($"CN={instance}", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await NotConnectedAsync(server, forged);

        // By the right authority, but for servers: what a stolen server certificate would be.
        await using var connection = await server.Store.OpenAsync();
        var signed = await server.Store.Get<Platform.Pki.IAuthorities>().SignAsync(
            connection, Platform.Pki.AuthorityId.Agents, AgentServer.Request(key).ToByteArray(), new(instance.ToString(), [], []), Platform.Pki.CertificateUse.Server, TimeSpan.FromDays(1), Cancel);
        using var leaf = X509CertificateLoader.LoadCertificate(signed.Chain[0]);
        using var wrongUse = leaf.CopyWithPrivateKey(key);
        await NotConnectedAsync(server, wrongUse);
    }

    [Fact]
    public async Task A_removed_instances_certificate_and_anothers_are_worth_nothing()
    {
        await using var server = await AgentServer.StartAsync(postgres);
        var (one, _, oneToken) = await server.InstanceAsync();
        var (two, twoResource, _) = await server.InstanceAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = await server.EnrolAsync(one, oneToken, key);
        using var agent = server.Connect(certificate);
        await agent.Client.ReportAsync(new Facts { AgentVersion = "one" }, cancellationToken: Cancel);
        await using var connection = await server.Store.OpenAsync();
        // It can speak for itself only: the other instance knows nothing of it.
        Assert.Null((await server.Store.Get<IAgents>().FindAsync(connection, two, Cancel))!.Facts);
        Assert.DoesNotContain(new WorkKey("postgres", twoResource), server.Signals.Keys);

        using var watch = agent.Client.Watch(new WatchRequest(), cancellationToken: Cancel);
        await server.Store.Get<IAgents>().RemoveAsync(connection, one, Cancel);
        await RefusedAsync(async () => await agent.Client.ReportAsync(new Facts(), cancellationToken: Cancel));
        await RefusedAsync(async () => await watch.ResponseStream.MoveNext(Cancel));
    }

    [Fact]
    public async Task Watch_sends_what_differs_at_once_and_each_change()
    {
        await using var server = await AgentServer.StartAsync(postgres);
        var (instance, _, token) = await server.InstanceAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = await server.EnrolAsync(instance, token, key);
        using var agent = server.Connect(certificate);
        Assert.Equal(1, await SetAsync(server, instance, "a"));
        Assert.Equal(1, await SetAsync(server, instance, "a"));

        using var watch = agent.Client.Watch(new WatchRequest(), cancellationToken: Cancel);
        Assert.True(await watch.ResponseStream.MoveNext(Cancel));
        Assert.Equal((1L, "a"), (watch.ResponseStream.Current.Version, watch.ResponseStream.Current.Postgres.ClusterName));
        // Knows the present version: silent until the next.
        using var informed = agent.Client.Watch(new WatchRequest { KnownVersion = 1 }, cancellationToken: Cancel);
        Assert.Equal(2, await SetAsync(server, instance, "b"));
        foreach (var stream in new[] { watch, informed })
        {
            Assert.True(await stream.ResponseStream.MoveNext(Cancel));
            Assert.Equal((2L, "b"), (stream.ResponseStream.Current.Version, stream.ResponseStream.Current.Postgres.ClusterName));
        }
    }

    [Fact]
    public async Task The_endpoints_are_apart_and_old_tls_is_refused()
    {
        await using var server = await AgentServer.StartAsync(postgres);
        using var plain = new HttpClient { BaseAddress = server.OtherAddress };
        Assert.Equal("api", await plain.GetStringAsync("/", Cancel));
        using var channelElsewhere = await plain.PostAsync("/beffroi.agent.v1.AgentChannel/Enroll", null, Cancel);
        Assert.Equal(HttpStatusCode.NotFound, channelElsewhere.StatusCode);
        using var http2 = new HttpClient(server.Handler()) { BaseAddress = server.NamedAddress, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var apiElsewhere = await http2.GetAsync("/", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, apiElsewhere.StatusCode);

        using var old = server.Connect(protocols: SslProtocols.Tls12);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await old.Client.EnrollAsync(new EnrollRequest(), cancellationToken: Cancel));
        Assert.NotEqual(StatusCode.InvalidArgument, refused.StatusCode);
    }

    private static Task<long> SetAsync(AgentServer server, Guid instance, string cluster) => server.Store.InTransactionAsync(c => server.Store.Get<IAgents>()
        .SetDesiredAsync(c, instance, new DesiredConfiguration { Postgres = new PostgresConfiguration { ClusterName = cluster, Parameters = { ["b"] = "1", ["a"] = "2" } } }, Cancel));

    private static Task<int> SetTokenAsync(AgentServer server, Guid instance, string token) => server.Store.InTransactionAsync(async c =>
    {
        await server.Store.Get<IAgents>().SetTokenAsync(c, instance, Secret.FromText(token), Cancel);
        return 0;
    });

    private static async Task<string> RefusedAsync(Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
        return refused.Status.Detail;
    }

    private static async Task NotConnectedAsync(AgentServer server, X509Certificate2 certificate)
    {
        using var agent = server.Connect(certificate);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await agent.Client.ReportAsync(new Facts(), cancellationToken: Cancel));
        Assert.Contains(refused.StatusCode, new[] { StatusCode.Unavailable, StatusCode.Internal });
    }
}
