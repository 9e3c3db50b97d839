using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Beffroi.EndToEnd.Tests;

/// <summary>What a person does with the installed product.</summary>
public sealed class ProductTests(InstalledProduct product)
{
    [Fact]
    public async Task The_psql_command_that_up_printed_works_when_pasted()
    {
        var command = Regex.Match(product.UpOutput, @"^\s*(PGSERVICEFILE=\S+ psql service=first)$", RegexOptions.Multiline).Groups[1].Value;
        Assert.NotEqual("", command);
        Assert.Equal("TLSv1.3 f\n", await PsqlAsync(command));
        Assert.Equal(0, (await product.RunAsync("/bin/sh", ["-c", command + " -c 'create table if not exists pasted (id int)'"])).ExitCode);
    }

    [Fact]
    public void Up_prints_the_address_the_authority_and_the_logins()
    {
        Assert.Contains("https://localhost:18443/", product.UpOutput, StringComparison.Ordinal);
        Assert.Contains("/etc/beffroi-e2e/ca.pem", product.UpOutput, StringComparison.Ordinal);
        Assert.Contains("--context admin", product.UpOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("bfr_", product.UpOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_again_changes_nothing_and_is_quick()
    {
        var before = await product.CliAsync("postgres", "show", "first", "-o", "json");
        var again = await product.UpAsync();
        Assert.True(again.ExitCode == 0, again.Output + again.Error);
        Assert.Contains("Programs are built and installed: unchanged", again.Output, StringComparison.Ordinal);
        Assert.Contains("The PostgreSQL image is built and imported: unchanged", again.Output, StringComparison.Ordinal);
        Assert.Equal(GenerationAndId(before), GenerationAndId(await product.CliAsync("postgres", "show", "first", "-o", "json")));
    }

    [Fact]
    public async Task A_database_is_created_used_and_deleted()
    {
        var create = await product.CliAsync("postgres", "create", "dossiers", "--space", "demo/eval", "--version", "17", "--size", "s1", "--storage", "2GiB", "--label", "team=care", "--parameter", "work_mem=12MB", "--extension", "vector");
        Assert.True(create.ExitCode == 0, create.Output + create.Error);
        Assert.Contains("✓", create.Error, StringComparison.Ordinal);

        var list = await product.CliAsync("postgres", "list", "--selector", "team=care");
        Assert.Matches(@"(?m)^dossiers\s+ready\s+17\.", list.Output);
        Assert.Equal(4, (await product.CliAsync("postgres", "create", "dossiers")).ExitCode);

        var credentials = await product.CliAsync("postgres", "credentials", "dossiers", "--output", "json");
        using var json = JsonDocument.Parse(credentials.Output);
        var password = json.RootElement.GetProperty("password").GetString()!;
        Assert.True(password.Length >= 20);

        var query = await product.CliAsync("postgres", "connect", "dossiers", "--", "-XAt", "-c", "create table t as select 42 as n; select n from t");
        Assert.True(query.ExitCode == 0, query.Output + query.Error);
        Assert.EndsWith("42\n", query.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(password, query.Output + query.Error, StringComparison.Ordinal);

        var settings = await product.CliAsync("postgres", "connect", "dossiers", "--", "-XAtc", "show work_mem; select '[0,0]'::vector <-> '[3,4]'");
        Assert.EndsWith("12MB\n5\n", settings.Output, StringComparison.Ordinal);
        var refused = await product.CliAsync("postgres", "update", "dossiers", "--parameter", "fsync=off");
        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("survives a crash", refused.Error, StringComparison.Ordinal);
        await InstalledProduct.EventuallyAsync("it is measured", async () =>
            (await product.CliAsync("postgres", "metrics", "dossiers", "--prometheus")).Output.Contains("beffroi_postgres_connections_limit{", StringComparison.Ordinal));

        await RolesAndDatabasesAsync("dossiers");

        var small = VolumeSize(await product.CliAsync("postgres", "show", "dossiers", "-o", "json"));
        var grow = await product.CliAsync("postgres", "update", "dossiers", "--storage", "3GiB");
        Assert.True(grow.ExitCode == 0, grow.Output + grow.Error);
        Assert.True(VolumeSize(await product.CliAsync("postgres", "show", "dossiers", "-o", "json")) > small * 1.4);
        Assert.Equal("42\n", (await product.CliAsync("postgres", "connect", "dossiers", "--", "-XAtc", "select n from t")).Output);
        var shrink = await product.CliAsync("postgres", "update", "dossiers", "--storage", "2GiB");
        Assert.Equal(4, shrink.ExitCode);
        Assert.Contains("3GiB to 16TiB", shrink.Error, StringComparison.Ordinal);

        var operation = Operation(await product.CliAsync("postgres", "show", "dossiers", "-o", "json"));
        var watch = await product.CliAsync("operation", "watch", operation);
        Assert.True(watch.ExitCode == 0, watch.Error);

        Assert.Equal(4, (await product.CliAsync("postgres", "delete", "dossiers", "--yes")).ExitCode);
        Assert.Equal(0, (await product.CliAsync("postgres", "update", "dossiers", "--deletion-protection", "off")).ExitCode);
        var delete = await product.CliAsync("postgres", "delete", "dossiers", "--yes");
        Assert.True(delete.ExitCode == 0, delete.Output + delete.Error);
        Assert.Equal(3, (await product.CliAsync("postgres", "show", "dossiers")).ExitCode);
    }

    private async Task RolesAndDatabasesAsync(string name)
    {
        var made = await product.CliAsync("postgres", "role", "set", name, "reporting", "--member-of", "pg_read_all_data", "--connection-limit", "2");
        Assert.True(made.ExitCode == 0, made.Output + made.Error);
        made = await product.CliAsync("postgres", "database", "set", name, "records", "--owner", "reporting", "--extension", "hstore");
        Assert.True(made.ExitCode == 0, made.Output + made.Error);
        var first = (await product.CliAsync("postgres", "credentials", name, "--role", "reporting", "-o", "json")).Output;
        Assert.Equal("records", (string?)JsonNode.Parse(first)!["database"]);
        Assert.Equal("reporting records a=>1\n", (await product.CliAsync("postgres", "connect", name, "--role", "reporting", "--", "-XAtF ", "-c", "select current_user, current_database(), 'a=>1'::hstore - 'b'::text")).Output.Replace("\"", "", StringComparison.Ordinal));
        Assert.Equal("42\n", (await product.CliAsync("postgres", "connect", name, "--role", "reporting", "--database", "app", "--", "-XAtc", "select n from t")).Output);
        Assert.NotEqual(0, (await product.CliAsync("postgres", "connect", name, "--role", "reporting", "--database", "app", "--", "-XAtc", "delete from t")).ExitCode);

        // What was refused is in the log, and what ran in the statistics: read over a connection of one's own.
        await InstalledProduct.EventuallyAsync("it is logged", async () =>
            (await product.CliAsync("postgres", "logs", name, "--level", "error", "--search", "DELETE FROM T", "--since", "10m")).Output.Contains("ERROR    reporting@app  42501 ", StringComparison.Ordinal));
        var entry = (await product.CliAsync("postgres", "logs", name, "--level", "error", "--search", "delete from t", "-o", "json", "-n", "1")).Output;
        Assert.Equal("delete from t", (string?)JsonNode.Parse(entry)!["statement"]);
        var slow = await product.CliAsync("postgres", "slow-queries", name, "--by", "calls", "--reset", "-o", "json");
        Assert.True(slow.ExitCode == 0, slow.Error);
        Assert.Contains(JsonNode.Parse(slow.Output)!.AsArray(), s => (string?)s!["query"] == "select n from t" && (string?)s["role"] == "reporting" && (string?)s["database"] == "app");
        Assert.Equal(2, (await product.CliAsync("postgres", "logs", name, "--since", "soon")).ExitCode);

        var rotated = await product.CliAsync("postgres", "role", "rotate-password", name, "reporting");
        Assert.True(rotated.ExitCode == 0, rotated.Output + rotated.Error);
        var second = (await product.CliAsync("postgres", "credentials", name, "--role", "reporting", "-o", "json")).Output;
        Assert.NotEqual((string?)JsonNode.Parse(first)!["password"], (string?)JsonNode.Parse(second)!["password"]);
        Assert.Equal("1\n", (await product.CliAsync("postgres", "connect", name, "--role", "reporting", "--", "-XAtc", "select 1")).Output);

        // It owns a database, so that it stays until that is somebody else's; but nobody comes in as it.
        Assert.Equal(4, (await product.CliAsync("postgres", "role", "remove", name, "reporting")).ExitCode);
        Assert.Equal(0, (await product.CliAsync("postgres", "database", "set", name, "records", "--owner", "app")).ExitCode);
        Assert.Equal(0, (await product.CliAsync("postgres", "role", "remove", name, "reporting")).ExitCode);
        Assert.NotEqual(0, (await product.CliAsync("postgres", "credentials", name, "--role", "reporting")).ExitCode);
        Assert.Equal("0\n", (await product.CliAsync("postgres", "connect", name, "--", "-XAtc", "select count(*) from pg_roles where rolname = 'reporting'")).Output);
    }

    [Fact]
    public async Task What_is_in_the_image_that_runs_can_be_read_at_the_api()
    {
        using var show = JsonDocument.Parse((await product.CliAsync("postgres", "show", "first", "-o", "json")).Output);
        var path = show.RootElement.GetProperty("status").GetProperty("image").GetProperty("billOfMaterials").GetString();
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(product.Installation.Configuration + "/ca.pem");
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trust } });
        var token = (await File.ReadAllTextAsync(product.Installation.Configuration + "/demo.token")).Trim();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var bill = JsonDocument.Parse(await http.GetStringAsync($"https://localhost:{InstalledProduct.ApiPort}{path}"));
        var server = bill.RootElement.GetProperty("components").EnumerateArray().Single(c => c.GetProperty("name").GetString() == "postgresql-17");
        Assert.Contains(server.GetProperty("licenses").EnumerateArray(), l => l.GetProperty("license").GetProperty("name").GetString() == "PostgreSQL");

        // The register of suppliers has read it.
        using var entry = JsonDocument.Parse((await product.CliAsync("sovereignty", "show", "debian:postgresql-17", "-o", "json")).Output);
        Assert.Equal(("image", server.GetProperty("version").GetString()), (entry.RootElement.GetProperty("source").GetString(), entry.RootElement.GetProperty("version").GetString()));
        using var outage = JsonDocument.Parse((await product.CliAsync("sovereignty", "simulate", "--supplier", "debian", "-o", "json")).Output);
        Assert.Equal(["updates"], outage.RootElement.GetProperty("services").EnumerateArray().Where(s => s.GetProperty("when").GetString() != "never").Select(s => s.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task The_ledger_tells_who_did_what()
    {
        // Searched, as the creation may be far back by now.
        var ledger = await product.CliAsync("ledger", "search", "--action", "postgres.create");
        Assert.Equal(0, ledger.ExitCode);
        Assert.Contains("alice", ledger.Output, StringComparison.Ordinal);
        Assert.Contains("first", ledger.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_ledger_is_exported_and_verified_without_the_server_and_a_change_to_it_is_found()
    {
        var folder = Directory.CreateTempSubdirectory("beffroi-test-export-").FullName;
        try
        {
            var verify = await product.CliAsync("ledger", "verify");
            Assert.True(verify.ExitCode == 0, verify.Output + verify.Error);
            var export = await product.CliAsync("ledger", "export", folder);
            Assert.True(export.ExitCode == 0, export.Output + export.Error);
            var key = (await product.CliAsync("ledger", "key")).Output.Trim();
            var offline = await product.CliAsync("ledger", "verify", folder, "--key", key);
            Assert.Contains("sound", offline.Output, StringComparison.Ordinal);

            var bundle = Directory.EnumerateFiles(folder + "/tile/entries", "*", SearchOption.AllDirectories).First();
            // Its lengths are bytes that no UTF-8 has.
            var text = await File.ReadAllTextAsync(bundle, Encoding.Latin1);
            await File.WriteAllTextAsync(bundle, text.Replace("accepted", "acceptet", StringComparison.Ordinal), Encoding.Latin1);
            var changed = await product.CliAsync("ledger", "verify", folder, "--key", key);
            Assert.Equal(1, changed.ExitCode);
            Assert.Contains("changed", changed.Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_operators_own_ledger_is_read_exported_and_verified_by_the_operators_people()
    {
        var folder = Directory.CreateTempSubdirectory("beffroi-test-export-").FullName;
        try
        {
            // Something that is told there and nowhere else.
            var attest = await product.CliAsync("--context", "admin", "evidence", "attest", "5.2.a", "--statement", "It is in force.", "--until", DateTime.UtcNow.AddDays(30).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            Assert.True(attest.ExitCode == 0, attest.Error);
            await InstalledProduct.EventuallyAsync("it is entered", async () =>
                (await product.CliAsync("--context", "admin", "ledger", "tail")).Output.Contains("evidence.attest", StringComparison.Ordinal));
            var export = await product.CliAsync("--context", "admin", "ledger", "export", folder);
            Assert.True(export.ExitCode == 0, export.Output + export.Error);
            var key = (await product.CliAsync("--context", "admin", "ledger", "key")).Output.Trim();
            Assert.Equal(0, (await product.CliAsync("ledger", "verify", folder, "--key", key)).ExitCode);
            Assert.Equal(0, (await product.CliAsync("--context", "admin", "ledger", "verify")).ExitCode);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Evidence_gathers_by_itself_and_is_exported_and_verified_without_the_server()
    {
        var folder = Directory.CreateTempSubdirectory("beffroi-test-bundle-").FullName;
        try
        {
            JsonNode? Finding(string list, string check) => JsonNode.Parse(list)!.AsArray().Single(f => (string)f!["check"]! == check);
            var deadline = DateTime.UtcNow.AddMinutes(2);
            string list;
            while ((string)Finding(list = (await product.CliAsync("evidence", "list", "--output", "json")).Output, "data-keys")!["state"]! != "holds")
            {
                Assert.True(DateTime.UtcNow < deadline, list);
                await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
            }

            // As `up` sets it up: a key in a token, and a ledger that is whole.
            Assert.All(["key-own", "key-protected", "ledger-complete", "keys-destroyed"], check => Assert.Equal("holds", (string)Finding(list, check)!["state"]!));
            var key = (await product.CliAsync("ledger", "key")).Output.Trim();
            foreach (var framework in (string[])["secnumcloud-3.2", "hds-2"])
            {
                var file = $"{folder}/{framework}.zip";
                var export = await product.CliAsync("evidence", "export", "--framework", framework, "--file", file);
                Assert.True(export.ExitCode == 0, export.Output + export.Error);
                var verified = await product.CliAsync("verify", "evidence", file, "--key", key, "--output", "json");
                Assert.True(verified.ExitCode == 0, verified.Output + verified.Error);
                Assert.True((bool)JsonNode.Parse(verified.Output)!["genuine"]!);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Status_says_that_everything_runs()
    {
        var status = await product.CliAsync("status");
        Assert.True(status.ExitCode == 0, status.Output + status.Error);
        Assert.Contains("ready", status.Output, StringComparison.Ordinal);
    }

    private async Task<string> PsqlAsync(string command)
    {
        var run = await product.RunAsync(
            "/bin/sh",
            ["-c", command + " -XAt -F ' ' -c 'select s.version, r.rolsuper from pg_stat_ssl s, pg_roles r where s.pid = pg_backend_pid() and r.rolname = current_user'"]);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output;
    }

    private static string GenerationAndId(Outcome show)
    {
        using var json = JsonDocument.Parse(show.Output);
        return json.RootElement.GetProperty("id") + " " + json.RootElement.GetProperty("generation");
    }

    private static long VolumeSize(Outcome show)
    {
        using var json = JsonDocument.Parse(show.Output);
        return json.RootElement.GetProperty("status").GetProperty("volumeSizeBytes").GetInt64();
    }

    private static string Operation(Outcome show)
    {
        using var json = JsonDocument.Parse(show.Output);
        return json.RootElement.GetProperty("operation").GetString()!;
    }
}
