using System.Globalization;
using System.Text.RegularExpressions;
using Beffroi.Platform.Alerts;
using Beffroi.Platform.Keys;
using Beffroi.Testing;
using SmtpServer.Protocol;

namespace Beffroi.Platform.Tests.Alerts;

/// <summary>Alerts by e-mail, through a real SMTP server.</summary>
public sealed class MailTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly Guid Hospital = Guid.Parse("01900000-0000-7000-8000-000000000001");
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-mail-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await File.WriteAllTextAsync(_directory + "/password", MailServer.Password + "\n", Cancel);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task An_address_gets_alerts_once_its_code_was_given_and_nothing_else_before(bool tlsFromStart)
    {
        await using var mail = new MailServer(tlsFromStart);
        await using var store = await StoreAsync(mail, tlsFromStart);
        var receiver = await PutAsync(store, "fr");
        await RaiseAsync(store);
        Assert.Equal(1, await SendAsync(store));
        Assert.Equal(0, await SendAsync(store));
        var asked = Assert.Single(mail.Mail);
        Assert.Equal("oncall@hospital.example", Assert.Single(asked.To.Mailboxes).Address);
        var code = Regex.Match(asked.TextBody!, "^    ([a-z0-9]{10})\r?$", RegexOptions.Multiline).Groups[1].Value;
        Assert.Equal(10, code.Length);
        Assert.Equal(0, await store.CountAsync($"platform.secrets where encode(sealed, 'escape') like '%{code}%'"));

        Assert.False(await ConfirmAsync(store, receiver, "aaaaaaaaaa"));
        Assert.True(await ConfirmAsync(store, receiver, code.ToUpperInvariant() + " "));
        Assert.Equal(0, await store.CountAsync("platform.secrets where name = 'code'"));
        // Once: it is gone.
        Assert.False(await ConfirmAsync(store, receiver, code));

        await store.ExecuteAsync("update platform.alerts set resolved_at = now()");
        await RaiseAsync(store);
        Assert.Equal(1, await SendAsync(store));
        var told = mail.Mail.Last();
        Assert.Equal("[Beffroi: critique] records/postgres/dossiers: Les sauvegardes échouent", told.Subject);
        Assert.Contains("Organisation : hospital", told.TextBody, StringComparison.Ordinal);
        Assert.Equal("auto-generated", told.Headers[MimeKit.HeaderId.AutoSubmitted]);
        Assert.EndsWith("@beffroi.example", told.MessageId, StringComparison.Ordinal);
        Assert.Single(told.BodyParts);
    }

    [Fact]
    public async Task What_the_relay_refuses_is_tried_again_with_the_same_id()
    {
        await using var mail = new MailServer(true) { Answer = SmtpResponse.MailboxUnavailable };
        await using var store = await StoreAsync(mail, true);
        await PutAsync(store, "en");
        Assert.Equal(0, await SendAsync(store));
        Assert.Equal("The mail relay refused it (550).", await ErrorAsync(store));
        mail.Answer = SmtpResponse.Ok;
        await store.ExecuteAsync("update platform.alert_receivers set next_attempt_at = now()");
        Assert.Equal(1, await SendAsync(store));
        Assert.Null(await ErrorAsync(store));
        await using var connection = await store.OpenAsync();
        Assert.Equal(1, await store.CountAsync($"platform.alert_deliveries where replace(id::text, '-', '') = '{mail.Mail.Single().MessageId!.Split('@')[0]}'"));
    }

    [Theory]
    // Another certificate, no TLS where it is demanded, another password: nothing is sent, and the password neither.
    [InlineData("authority"), InlineData("scheme"), InlineData("password")]
    public async Task A_relay_that_is_not_the_operators_gets_nothing(string wrong)
    {
        await using var mail = new MailServer(wrong != "scheme");
        await using var other = new MailServer(true);
        await using var store = await StoreAsync(mail, true, wrong == "authority" ? other.Authority : null);
        if (wrong == "password")
        {
            await File.WriteAllTextAsync(_directory + "/password", "another", Cancel);
        }

        await PutAsync(store, "en");
        Assert.Equal(0, await SendAsync(store));
        Assert.Equal("The mail relay can't be reached, or doesn't take mail.", await ErrorAsync(store));
        Assert.Empty(mail.Mail);
    }

    [Fact]
    public async Task A_code_is_valid_for_a_day_and_an_organization_has_a_limited_number_of_them()
    {
        await using var mail = new MailServer(true);
        await using var store = await StoreAsync(mail, true);
        var receiver = await PutAsync(store, "en");
        Assert.Equal(1, await SendAsync(store));
        var code = Regex.Match(mail.Mail.Single().TextBody!, "^    ([a-z0-9]{10})\r?$", RegexOptions.Multiline).Groups[1].Value;
        await store.ExecuteAsync("update platform.alert_deliveries set created_at = now() - interval '25 hours'");
        Assert.False(await ConfirmAsync(store, receiver, code));
        for (var sent = 1; sent < AlertConfirmations.MostADay; sent++)
        {
            Assert.True(await SendCodeAsync(store, receiver));
        }

        Assert.False(await SendCodeAsync(store, receiver));
        Assert.Equal(1, await store.CountAsync("platform.alert_deliveries"));
    }

    [Theory]
    [InlineData("a@b.example", true), InlineData("first.last+tag@sub.hospital.example", true)]
    [InlineData("a@b", false), InlineData("a@b.example\r\nBcc: c@d.example", false), InlineData("a@b.example,c@d.example", false), InlineData("<a@b.example>", false), InlineData("\"a b\"@b.example", false)]
    [InlineData("a..b@c.example", false), InlineData("a@-b.example", false), InlineData("a@b.example\n", false), InlineData("é@b.example", false), InlineData("", false), InlineData(null, false)]
    public void An_address_is_a_plain_one(string? address, bool valid) => Assert.Equal(valid, EmailAddress.IsValid(address));

    [Theory]
    [InlineData("smtps://relay.example", "relay.example", 465), InlineData("smtp://relay.example", "relay.example", 587), InlineData("smtp://relay.example:25", "relay.example", 25), InlineData("smtps://[2001:db8::1]:2465", "2001:db8::1", 2465)]
    public void A_relay_is_where_its_url_says(string url, string host, int port)
    {
        var relay = new MailRelay { Url = url, From = "a@b.example" };
        Assert.Null(relay.Fault());
        Assert.Equal((host, port), (relay.Address.Host.Trim('[', ']'), relay.Address.Port));
    }

    [Theory]
    [InlineData("http://relay.example", "a@b.example", null, null), InlineData("smtps://user@relay.example", "a@b.example", null, null), InlineData("smtps://relay.example/x", "a@b.example", null, null)]
    [InlineData("relay", "a@b.example", null, null), InlineData("smtps://relay.example", "nobody", null, null), InlineData("smtps://relay.example", "a@b.example", "user", null), InlineData("smtps://relay.example", "a@b.example", null, "/file")]
    public void What_is_wrong_with_a_relay_is_said(string url, string from, string? user, string? file) =>
        Assert.NotNull(new MailRelay { Url = url, From = from, User = user, PasswordFile = file }.Fault());

    [Fact]
    public void Nothing_in_a_subject_begins_a_header()
    {
        var alert = new Contracts.Alert(Guid.Empty, "backup-failing", "critical", "open", "a\r\nBcc: c@d.example", "t", "x", default, default);
        var mail = AlertMail.Of("en", "raised", "hospital", alert);
        using var message = MailSender.Message(new MailRelay { Url = "smtps://relay.example", From = "a@b.example" }, Guid.Empty, "c@d.example", mail);
        using var bytes = new MemoryStream();
        message.WriteTo(bytes, Cancel);
        bytes.Position = 0;
        using var read = MimeKit.MimeMessage.Load(bytes, Cancel);
        Assert.Empty(read.Bcc);
        Assert.Equal("[Beffroi: critical] a  Bcc: c@d.example: Backups fail", read.Subject);
    }

    private async Task<TestStore> StoreAsync(MailServer mail, bool tlsFromStart, string? authority = null)
    {
        await File.WriteAllTextAsync(_directory + "/ca", authority ?? mail.Authority, Cancel);
        var store = await TestStore.CreateAsync(server, o => o with
        {
            MailRelay = new MailRelay
            {
                Url = string.Create(CultureInfo.InvariantCulture, $"{(tlsFromStart ? "smtps" : "smtp")}://127.0.0.1:{mail.Port}"),
                From = "alerts@beffroi.example",
                User = MailServer.User,
                PasswordFile = _directory + "/password",
                AuthorityFile = _directory + "/ca",
            },
        });
        await store.ExecuteAsync($"insert into platform.organizations (id, name) values ('{Hospital}', 'hospital')");
        await store.Get<IOrganizationKeys>().EnsureAsync(Hospital, Cancel);
        return store;
    }

    private static Task<AlertReceiver> PutAsync(TestStore store, string language) => store.InTransactionAsync(async connection =>
    {
        var receiver = new AlertReceiver(Guid.CreateVersion7(), Hospital, "on-call", null, null, "oncall@hospital.example", language, "warning", null, null);
        Assert.True(await AlertReceivers.PutAsync(connection, receiver, Cancel));
        Assert.True(await AlertConfirmations.SendAsync(connection, store.Get<IResourceKeys>(), receiver, Cancel));
        return receiver;
    });

    private static Task<bool> SendCodeAsync(TestStore store, AlertReceiver receiver) =>
        store.InTransactionAsync(connection => AlertConfirmations.SendAsync(connection, store.Get<IResourceKeys>(), receiver, Cancel));

    private static Task<bool> ConfirmAsync(TestStore store, AlertReceiver receiver, string code) =>
        store.InTransactionAsync(connection => AlertConfirmations.ConfirmAsync(connection, store.Get<IResourceKeys>(), receiver, code, Cancel));

    private static Task<bool> RaiseAsync(TestStore store) =>
        store.InTransactionAsync(connection => OpenAlerts.RaiseAsync(connection, Hospital, new Alert("backup-failing", "critical", "records/postgres/dossiers", "BackupReady: Failing"), Cancel));

    private static Task<int> SendAsync(TestStore store) => store.Get<AlertSender>().SendAsync(Cancel);

    private static async Task<string?> ErrorAsync(TestStore store)
    {
        await using var connection = await store.OpenAsync();
        return (await AlertReceivers.ShowAsync(connection, Hospital, null, Cancel)).Single().Error;
    }
}
