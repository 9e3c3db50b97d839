using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Beffroi.Platform;
using Beffroi.Platform.Alerts;
using Beffroi.Platform.Tests.Alerts;
using Beffroi.Platform.Tests.Ledger;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Beffroi.Server.Tests;

/// <summary>From what is stored to where it arrives, with everything in between running as it does in beffroid.</summary>
public sealed partial class AlertArrivalTests(PostgresServer postgres)
{
    private const string OnCall = "/v1/organizations/demo/alert-receivers/on-call";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_archiving_failure_is_at_the_webhook_within_a_minute_once_and_signed_by_the_secret_that_was_shown()
    {
        var received = new ConcurrentQueue<(string Signature, string Body)>();
        await using var receiver = await Receiver.StartAsync(async http =>
            received.Enqueue((http.Request.Headers["Beffroi-Signature"].ToString(), await new StreamReader(http.Request.Body).ReadToEndAsync())));
        await using var server = await StartAsync(o => o with { OutboundNetworks = [IPNetwork.Parse("127.0.0.0/8")] });
        var put = new JsonObject { ["url"] = receiver.Url + "/hook", ["authority"] = receiver.Authority, ["leastSeverity"] = "critical" };
        var made = await TestServer.BodyAsync(await server.Alice.PutAsync(OnCall, TestServer.Json(put.ToJsonString())));
        await server.PutAsync("dossiers");
        await ConditionAsync(server, "false", "Failing", "now()");
        await UntilAsync(TimeSpan.FromMinutes(1), () => !received.IsEmpty);
        // Longer than two rounds of the sweep: it is told once.
        await Task.Delay(TimeSpan.FromSeconds(11), Cancel);
        var (signature, body) = Assert.Single(received);
        var parts = signature.Split(',').ToDictionary(p => p.Split('=')[0], p => p.Split('=')[1]);
        // As the customer's guide says it is to be checked.
        var wanted = HMACSHA256.HashData(Encoding.UTF8.GetBytes((string)made["secret"]!), Encoding.UTF8.GetBytes(parts["t"] + "." + body));
        Assert.Equal(Convert.ToHexStringLower(wanted), parts["v1"]);
        Assert.InRange(long.Parse(parts["t"], CultureInfo.InvariantCulture), DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var message = JsonNode.Parse(body)!;
        Assert.Equal("raised demo archiving-failing eval/postgres/dossiers", $"{message["event"]} {message["organization"]} {message["alert"]!["kind"]} {message["alert"]!["subject"]}");
        Assert.DoesNotContain("words of a program", body, StringComparison.Ordinal);

        await ConditionAsync(server, "true", "Done", "now() - interval '2 minutes'");
        await UntilAsync(TimeSpan.FromMinutes(1), () => received.Count > 1);
        Assert.Equal("resolved", (string)JsonNode.Parse(received.Last().Body)!["event"]!);
    }

    [Fact]
    public async Task An_address_is_told_by_mail_once_it_was_confirmed()
    {
        await using var mail = new MailServer(tlsFromStart: true);
        var files = Directory.CreateTempSubdirectory("beffroi-test-mail-").FullName;
        await File.WriteAllTextAsync(files + "/password", MailServer.Password, Cancel);
        await File.WriteAllTextAsync(files + "/ca", mail.Authority, Cancel);
        await using var server = await StartAsync(o => o with
        {
            MailRelay = new MailRelay
            {
                Url = string.Create(CultureInfo.InvariantCulture, $"smtps://127.0.0.1:{mail.Port}"),
                From = "alerts@beffroi.example",
                User = MailServer.User,
                PasswordFile = files + "/password",
                AuthorityFile = files + "/ca",
            },
        });
        var made = await TestServer.BodyAsync(await server.Alice.PutAsync(OnCall, TestServer.Json("""{ "email": "oncall@hospital.example" }""")));
        Assert.Equal("unconfirmed", (string)made["state"]!);
        Assert.Null(made["secret"]);
        await PutTests.AssertProblem(await server.Alice.PostAsync(OnCall + "/test", null, Cancel), 409, "unconfirmed");
        await PutTests.AssertProblem(await server.Alice.PostAsync(OnCall + "/secret", null, Cancel), 409, "no-webhook");
        await UntilAsync(TimeSpan.FromSeconds(30), () => !mail.Mail.IsEmpty);
        var code = Code().Match(mail.Mail.Single().TextBody!).Value.Trim();
        await PutTests.AssertProblem(await server.Alice.PostAsync(OnCall + "/confirmation", TestServer.Json("""{ "code": "aaaaaaaaaa" }"""), Cancel), 422, "invalid-request", "code");
        await PutTests.AssertProblem(await server.Mallory.PostAsync(OnCall + "/confirmation", TestServer.Json($$"""{ "code": "{{code}}" }"""), Cancel), 404, "not-found");
        var confirmed = await TestServer.BodyAsync(await server.Alice.PostAsync(OnCall + "/confirmation", TestServer.Json($$"""{ "code": "{{code}}" }"""), Cancel));
        Assert.Equal("active", (string)confirmed["state"]!);
        // Nobody can read it in the ledger.
        await server.LedgerIntegratedAsync();
        Assert.DoesNotContain(await server.LedgerAsync(), e => e.Reason?.Contains(code, StringComparison.Ordinal) == true);

        (await server.Alice.PostAsync(OnCall + "/test", null, Cancel)).EnsureSuccessStatusCode();
        await UntilAsync(TimeSpan.FromSeconds(30), () => mail.Mail.Count > 1);
        Assert.Equal("[Beffroi: warning] demo: This is a test", mail.Mail.Last().Subject);
        // Another address has to be confirmed itself.
        var moved = await TestServer.BodyAsync(await server.Alice.PutAsync(OnCall, TestServer.Json("""{ "email": "other@hospital.example" }""")));
        Assert.Equal("unconfirmed", (string)moved["state"]!);
        Directory.Delete(files, recursive: true);
    }

    private static async Task UntilAsync(TimeSpan longest, Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(longest);
        while (!holds())
        {
            await Task.Delay(100, patience.Token);
        }
    }

    private static async Task ConditionAsync(TestServer server, string holds, string reason, string since)
    {
        // Test-only SQL, of constants of the test.
        await using var update = server.Store.CreateCommand(
            "update platform.resources set status = jsonb_set(status, '{conditions}', jsonb_build_array(jsonb_build_object('type', 'WalArchived', 'holds', " + holds
            + ", 'reason', '" + reason + "', 'message', 'words of a program', 'since', " + since + ")))");
        await update.ExecuteNonQueryAsync(Cancel);
    }

    private Task<TestServer> StartAsync(Func<PlatformOptions, PlatformOptions> change) => TestServer.StartAsync(postgres, change: services =>
    {
        var options = (PlatformOptions)services.Single(d => d.ServiceType == typeof(PlatformOptions)).ImplementationInstance!;
        services.Replace(ServiceDescriptor.Singleton(change(options)));
    });

    [GeneratedRegex("^    [a-z0-9]{10}", RegexOptions.Multiline)]
    private static partial Regex Code();
}
