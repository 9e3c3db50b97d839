using Beffroi.Testing;

namespace Beffroi.Agent.Tests.Instance;

/// <summary>What happens when something dies, is away or runs out.</summary>
public sealed class RecoveryTests(TestInstance instance, ITestOutputHelper output) : IClassFixture<TestInstance>
{
    [Theory]
    [InlineData("agent")]
    [InlineData("postgres")]
    [InlineData("patroni")]
    [InlineData("etcd")]
    public async Task What_is_killed_comes_back_by_itself(string what)
    {
        await instance.ExecuteAsync("create table if not exists kept (what text); insert into kept values ('" + what + "')");
        var pid = await instance.PidAsync(what);
        var postmaster = await instance.PidAsync("postgres");
        instance.Plane.Forget();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await instance.InAsync("kill", "-KILL", pid);

        while (await instance.PidAsync(what) is var now && (now == pid || now == "0"))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), what + " is not running again");
            await Task.Delay(100);
        }

        await instance.AnswersAsync();
        output.WriteLine($"{what}: back after {clock.Elapsed.TotalSeconds:F1} s");
        Assert.Equal(1L, await instance.ScalarAsync<long>("select count(*) from kept where what = '" + what + "'"));
        await instance.Plane.WaitAsync(f => f.Postgres.Ready, "it is ready again");

        // Without Patroni nobody fences a PostgreSQL: it goes with it. Of the others it doesn't take notice.
        Assert.Equal(what is "patroni" or "postgres", await instance.PidAsync("postgres") != postmaster);
    }

    [Fact]
    public async Task Without_the_control_plane_an_instance_restarts_and_serves()
    {
        await instance.ExecuteAsync("create table if not exists kept (what text); insert into kept values ('restart')");
        var boot = (await instance.Plane.WaitAsync(f => f.Postgres.Ready, "it is ready")).Boot;
        await instance.Plane.StopAsync();
        try
        {
            await instance.ExecuteAsync("insert into kept values ('alone')");
            var clock = System.Diagnostics.Stopwatch.StartNew();
            await instance.RestartAsync();
            await instance.AnswersAsync();
            output.WriteLine($"restarted and serving after {clock.Elapsed.TotalSeconds:F1} s");
            Assert.Equal(2L, await instance.ScalarAsync<long>("select count(*) from kept where what in ('restart', 'alone')"));
        }
        finally
        {
            instance.Plane.Forget();
            await instance.Plane.StartAsync();
        }

        // It finds back by itself, with the certificate it has.
        var enrolments = instance.Plane.Count("Enroll");
        var facts = await instance.Plane.WaitAsync(f => f.Postgres.Ready && f.AppliedVersion == instance.Plane.Desired.Version, "it has come back");
        Assert.NotEqual(boot, facts.Boot);
        Assert.Equal(enrolments, instance.Plane.Count("Enroll"));
    }

    [Fact]
    public async Task Made_anew_from_its_image_it_is_what_it_was()
    {
        await instance.ExecuteAsync("create table if not exists kept (what text); insert into kept values ('anew')");
        var before = await instance.Plane.WaitAsync(f => f.Postgres.Ready && f.AppliedVersion == instance.Plane.Desired.Version, "it is ready");
        var enrolments = instance.Plane.Count("Enroll");
        instance.Plane.Forget();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await instance.MakeAnewAsync();
        await instance.AnswersAsync();
        output.WriteLine($"made anew and serving after {clock.Elapsed.TotalSeconds:F1} s");

        // Its data, its certificates and its agent's identity are on its volume.
        Assert.Equal(1L, await instance.ScalarAsync<long>("select count(*) from kept where what = 'anew'"));
        var after = await instance.Plane.WaitAsync(f => f.Postgres.Ready && f.AppliedVersion == instance.Plane.Desired.Version, "it has come back");
        Assert.Equal((enrolments, before.Postgres.ServerCertificateSha256), (instance.Plane.Count("Enroll"), after.Postgres.ServerCertificateSha256));
    }

    [Fact]
    public async Task An_agent_that_is_no_longer_known_enrols_with_a_fresh_token()
    {
        var enrolments = instance.Plane.Count("Enroll");
        instance.Plane.Token = "fresh-token";
        await instance.SetAsync("token", "fresh-token");
        await instance.Plane.StopAsync();
        instance.Plane.Accepted = "none";
        instance.Plane.Forget();
        await instance.Plane.StartAsync();

        await instance.Plane.WaitAsync(f => f.Postgres.Ready, "it has enrolled again");
        Assert.True(instance.Plane.Count("Enroll") > enrolments);
    }

    [Fact]
    public async Task Certificates_are_renewed_when_half_their_life_is_over()
    {
        // The next certificates are old when they are given: each is due for another.
        var life = instance.Plane.Life;
        instance.Plane.Token = "another-token";
        await instance.SetAsync("token", "another-token");
        await instance.Plane.StopAsync();
        instance.Plane.Accepted = "none";
        instance.Plane.Life = (TimeSpan.FromDays(2), TimeSpan.FromDays(1));
        instance.Plane.Forget();
        await instance.Plane.StartAsync();
        await instance.Plane.WaitAsync(f => f.Postgres.Ready, "it has enrolled again");
        var (renewals, signatures) = (instance.Plane.Count("Renew"), instance.Plane.Count("SignServer"));

        instance.Plane.Life = life;
        await instance.Plane.StopAsync();
        await instance.InAsync("rm", "/data/postgresql/tls/chain.pem");
        instance.Plane.Forget();
        await instance.Plane.StartAsync();
        var facts = await instance.Plane.WaitAsync(f => f.Postgres.Ready && f.Postgres.ServerCertificateSha256.Length == 32, "it has renewed");

        Assert.True(instance.Plane.Count("Renew") > renewals);
        Assert.True(instance.Plane.Count("SignServer") > signatures);
        Assert.InRange(DateTimeOffset.FromUnixTimeSeconds(facts.Postgres.ServerCertificateNotAfter), DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(2));
        await instance.AnswersAsync();
    }

    [Fact]
    public async Task No_secret_is_on_the_unencrypted_root_disk_or_in_the_journal()
    {
        var canary = "canary-" + Guid.NewGuid().ToString("N");
        await instance.ExecuteAsync($"create table if not exists secrets (x text); insert into secrets values ('{canary}'); checkpoint");
        await instance.RefusedAsync($"select '{canary}' || 1/0");
        var verifier = instance.Plane.Desired.Postgres.Roles[0].ScramVerifier;
        string[] secrets =
        [
            canary, instance.Token, instance.Password, verifier.Split('$')[^1],
            .. await KeyAsync("/data/agent/identity/key.pem"), .. await KeyAsync("/data/postgresql/tls/key.pem"),
        ];
        await instance.InAsync("sync");
        var patterns = string.Join('\n', secrets) + "\n";

        // The search finds what is there, so that nothing found means something.
        Assert.NotEqual("", await GrepAsync(patterns, instance.VolumeDirectory));
        Assert.Equal("", await GrepAsync(patterns, instance.RootDisk));
        var journal = await instance.InAsync("journalctl", "--no-pager", "--output=cat");
        Assert.NotEmpty(journal);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, journal, StringComparison.Ordinal));
    }

    // Names of files with any of the patterns in them; grep(1) exits 1 when there are none.
    private static async Task<string> GrepAsync(string patterns, string directory)
    {
        try
        {
            return await Commands.RunAsync("grep", ["--recursive", "--text", "--files-with-matches", "--fixed-strings", "--no-messages", "--file=-", directory], patterns);
        }
        catch (InvalidOperationException e) when (e.Message.Contains(" exited 1:", StringComparison.Ordinal))
        {
            return "";
        }
    }

    private async Task<IEnumerable<string>> KeyAsync(string path)
    {
        var lines = (await instance.InAsync("cat", path)).Split('\n');
        return lines.Where(line => line.Length > 40 && !line.StartsWith("---", StringComparison.Ordinal));
    }
}
