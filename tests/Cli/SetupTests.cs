using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Postgres;
using Beffroi.Hosts.Cli.Setup;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Cli.Tests;

/// <summary>Parts of <c>up</c> that can be looked at by themselves.</summary>
public sealed class SetupTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-setup-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_server_certificate_chains_to_its_authority_and_names_what_it_should()
    {
        var now = DateTimeOffset.UtcNow;
        using var authority = Certificates.CreateAuthority("test", now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Certificates.Issue(authority, key, ["localhost", "127.0.0.1", "::1"], now);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(chain.Build(certificate));
        Assert.True(certificate.MatchesHostname("localhost"));
        Assert.True(certificate.MatchesHostname("::1"));
        Assert.False(certificate.MatchesHostname("example.org"));
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
    }

    [Fact]
    public void Tokens_are_made_once_kept_for_the_owner_and_known_by_their_hash()
    {
        var file = Path.Combine(_directory, "token");
        using var first = AccessTokens.Ensure(file);
        using var second = AccessTokens.Ensure(file);
        Assert.Equal(first, second);
        Assert.Matches("^bfr_[A-Za-z0-9_-]{43}$", first.RevealText());
        Assert.Equal(PrivateFiles.OwnerOnly, File.GetUnixFileMode(file));
        Assert.Equal(64, AccessTokens.Sha256(first).Length);
    }

    [Fact]
    public void A_service_file_holds_no_password_and_the_password_file_is_escaped()
    {
        var service = ServiceFile.Write(_directory, "dossiers", Samples.Credentials);
        Assert.DoesNotContain("s3cret", File.ReadAllText(service), StringComparison.Ordinal);
        Assert.Contains("sslmode=verify-full", File.ReadAllText(service), StringComparison.Ordinal);
        var password = Path.Combine(_directory, "dossiers.pass");
        Assert.Equal("dossiers.eval.demo:5432:app:app:s3cret\\:\\\\value\n", File.ReadAllText(password));
        Assert.Equal(PrivateFiles.OwnerOnly, File.GetUnixFileMode(password));
    }

    [Theory]
    [InlineData("10.93.0.0/16", true)]
    [InlineData("192.168.4.0/24", true)]
    [InlineData("10.0.0.0/7", false)]
    [InlineData("10.93.0.0/25", false)]
    [InlineData("172.32.0.0/16", false)]
    [InlineData("fd00::/16", false)]
    [InlineData("nonsense", false)]
    public void Space_ranges_are_private_and_canonical(string text, bool valid) => Assert.Equal(valid, UpOptions.IsSpaceRange(text));

    [Fact]
    public void The_build_hash_changes_with_any_source_and_with_nothing_else()
    {
        Directory.CreateDirectory(_directory + "/src/A/obj");
        File.WriteAllText(_directory + "/src/A/a.cs", "1");
        File.WriteAllText(_directory + "/global.json", "{}");
        Directory.CreateDirectory(_directory + "/eng");
        File.WriteAllText(_directory + "/eng/publish", "how");
        var before = Build.HashOf(_directory);
        File.WriteAllText(_directory + "/src/A/obj/x", "built");
        File.WriteAllText(_directory + "/README.md", "text");
        Assert.Equal(before, Build.HashOf(_directory));
        File.WriteAllText(_directory + "/src/A/a.cs", "2");
        var changed = Build.HashOf(_directory);
        Assert.NotEqual(before, changed);
        File.WriteAllText(_directory + "/eng/publish", "another way");
        Assert.NotEqual(changed, Build.HashOf(_directory));
    }

    [Fact]
    public void A_store_is_named_by_a_file_or_a_variable_and_never_on_the_command_line()
    {
        var file = Path.Combine(_directory, "store");
        File.WriteAllText(file, "Host=db.example;Username=beffroi\n");
        Assert.Equal("Host=db.example;Username=beffroi", UpOptions.ReadConnection("@" + file));
        File.WriteAllText(file, "\n");
        foreach (var wrong in (string[])["@" + file, "@" + file + ".none", "@", "Host=db.example", "A_VARIABLE_THAT_NOBODY_SET"])
        {
            Assert.Contains("--store", Assert.Throws<CliException>(() => UpOptions.ReadConnection(wrong)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_failing_program_ends_the_step_with_the_last_lines_it_printed()
    {
        using var log = SetupLog.Open(_directory, "up.log", TimeProvider.System);
        var processes = new ProcessRunner(log);
        var failure = await Assert.ThrowsAsync<SetupException>(() =>
            processes.RunAsync("/bin/sh", ["-c", "seq 1 30; echo broken >&2; exit 7"], TestContext.Current.CancellationToken));
        Assert.Contains("exit code 7", failure.Message, StringComparison.Ordinal);
        Assert.Equal(15, failure.Tail.Count);
        Assert.Contains("broken", failure.Tail);
        Assert.Contains("  broken", await File.ReadAllTextAsync(log.Path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_step_that_fails_is_explained_with_what_to_do(bool json)
    {
        using var log = SetupLog.Open(_directory, "up.log", TimeProvider.System);
        using var progress = new StringWriter();
        using var error = new StringWriter();
        using var display = new StepDisplay(progress, live: false);
        var context = new SetupContext(new Installation("beffroi-test"), new UpRecord(), log, display, TimeProvider.System);
        var step = new SetupStep("It works", (_, _) => throw new SetupException("It does not.", ["its last line"]), "Repair it.");
        Assert.Equal(1, await SetupRun.RunAsync(context, [step], error, json, TestContext.Current.CancellationToken));
        var explained = json ? JsonSerializer.Deserialize(error.ToString(), WireJson.Default.ProblemDocument)!.Detail : error.ToString().Trim();
        Assert.Equal($"It does not.\n    its last line\n\nWhat to do: Repair it.\nThe whole log: {log.Path}", explained);
    }

    [Fact]
    public async Task Cancelling_ends_the_program_and_its_children()
    {
        using var log = SetupLog.None(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var pidFile = Path.Combine(_directory, "pid");
        var run = new ProcessRunner(log).RunAsync("/bin/sh", ["-c", "sleep 300 & echo $! > \"$1\"; wait", "sh", pidFile], stop.Token);
        SpinWait.SpinUntil(() => File.Exists(pidFile) && File.ReadAllText(pidFile).Trim() is not "", TimeSpan.FromSeconds(20));
        var child = File.ReadAllText(pidFile).Trim();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists("/proc/" + child) || File.ReadAllText($"/proc/{child}/stat").Contains(") Z ", StringComparison.Ordinal), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Steps_without_a_terminal_are_plain_lines()
    {
        using var writer = new StringWriter();
        using (var display = new StepDisplay(writer, live: false))
        {
            display.Begin("One");
            display.Done("detail", TimeSpan.FromSeconds(1.25));
            display.Begin("Two");
            display.Fail();
        }

        Assert.Matches(@"\A✓ One: detail \(1\.[23] s\)\n✗ Two \(0\.\d s\)\n\z", writer.ToString());
    }
}
