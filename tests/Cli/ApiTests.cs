using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Cli.Tests;

/// <summary>The program as a process against an API: what it sends, prints and exits with.</summary>
public sealed class ApiTests : IAsyncLifetime
{
    private readonly CliRun _cli = new();
    private FakeApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, _api.AuthorityPem);
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _cli.Dispose();
    }

    [Fact]
    public async Task List_shows_aligned_columns_without_escapes_when_there_is_no_terminal()
    {
        OnList(Samples.Postgres());
        var run = await _cli.RunAsync("postgres", "list");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("NAME      STATE  VERSION", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("dossiers  ready  17.12", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain('\e', run.Output);
    }

    [Fact]
    public async Task List_as_json_is_an_array_of_the_resources()
    {
        OnList(Samples.Postgres());
        var run = await _cli.RunAsync("postgres", "list", "--output", "json");
        Assert.Equal(0, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal("dossiers", json.RootElement[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task An_empty_list_prints_nothing_on_standard_output()
    {
        OnList();
        var run = await _cli.RunAsync("postgres", "list");
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Contains("beffroi postgres create", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_sends_what_makes_it_safe_to_repeat_and_waits_for_the_operation()
    {
        var polls = 0;
        _api.OnJson("PUT " + Samples.Path + "/postgres/dossiers", Samples.Postgres(state: "creating"), WireJson.Default.ResourcePostgresSpecPostgresStatus, 201);
        _api.OnJson("GET " + Samples.Path + "/postgres/dossiers", Samples.Postgres(), WireJson.Default.ResourcePostgresSpecPostgresStatus);
        _api.On("GET " + Samples.Path + "/operations/" + Samples.OperationId, _ => Results.Text(
            JsonSerializer.Serialize(Samples.Operation(polls++ < 2 ? "running" : "succeeded"), WireJson.Default.Operation), "application/json"));

        var run = await _cli.RunAsync("postgres", "create", "dossiers", "--size", "s2", "--label", "team=care", "--deletion-protection", "off");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("✓ The space has its network (1.0 s)", run.Error, StringComparison.Ordinal);
        Assert.Contains("✓ The agent has enrolled (2.0 s)", run.Error, StringComparison.Ordinal);
        Assert.Contains("demo/eval/dossiers", run.Output, StringComparison.Ordinal);
        var headers = _api.Headers.First();
        Assert.Equal("*", headers.IfNoneMatch);
        Assert.NotEmpty(headers["Idempotency-Key"].ToString());
        Assert.True(polls >= 3);
    }

    [Fact]
    public async Task A_creation_whose_connection_broke_is_sent_again_with_the_same_key()
    {
        var (puts, reads) = (0, 0);
        _api.On("PUT " + Samples.Path + "/postgres/dossiers", http => Once(http, ref puts, JsonSerializer.Serialize(
            Samples.Postgres(state: "creating"), WireJson.Default.ResourcePostgresSpecPostgresStatus)));
        _api.On("GET " + Samples.Path + "/operations/" + Samples.OperationId, http => Once(http, ref reads, JsonSerializer.Serialize(
            Samples.Operation("running"), WireJson.Default.Operation)));
        var run = await _cli.RunAsync("postgres", "create", "dossiers", "--no-wait");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal((2, 2), (puts, reads));
        Assert.Single(_api.Headers.Take(2).Select(h => h["Idempotency-Key"].ToString()).Distinct());

        static IResult Once(HttpContext http, ref int calls, string answer)
        {
            if (++calls == 1)
            {
                http.Abort();
            }

            return Results.Text(answer, "application/json");
        }
    }

    [Fact]
    public async Task No_wait_returns_the_operation()
    {
        _api.OnJson("PUT " + Samples.Path + "/postgres/dossiers", Samples.Postgres(state: "creating"), WireJson.Default.ResourcePostgresSpecPostgresStatus, 201);
        _api.OnJson("GET " + Samples.Path + "/operations/" + Samples.OperationId, Samples.Operation("running"), WireJson.Default.Operation);
        var run = await _cli.RunAsync("postgres", "create", "dossiers", "--no-wait", "-o", "json");
        Assert.Equal(0, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(Samples.OperationId, json.RootElement.GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Waiting_too_long_ends_with_6_and_says_how_to_go_on()
    {
        _api.OnJson("GET " + Samples.Path + "/operations/" + Samples.OperationId, Samples.Operation("running"), WireJson.Default.Operation);
        var run = await _cli.RunAsync("operation", "watch", Samples.OperationId.ToString(), "--timeout", "1");
        Assert.Equal(6, run.ExitCode);
        Assert.Contains("beffroi operation watch " + Samples.OperationId, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, 4)]
    [InlineData(404, 3)]
    [InlineData(405, 4)]
    [InlineData(409, 4)]
    [InlineData(412, 4)]
    [InlineData(422, 4)]
    [InlineData(429, 5)]
    [InlineData(500, 1)]
    [InlineData(503, 5)]
    public async Task A_refusal_has_its_exit_code_and_its_words(int status, int exitCode)
    {
        _api.OnProblem("GET " + Samples.Path + "/postgres/dossiers", new ProblemDocument("urn:beffroi:problem:x", "Some title", status, "Do this.", null, null));
        var run = await _cli.RunAsync("postgres", "show", "dossiers");
        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        Assert.Equal("Some title.\nDo this.\n", run.Error);
    }

    [Fact]
    public async Task Fields_at_fault_are_shown_with_what_is_allowed()
    {
        _api.OnProblem("PUT " + Samples.Path + "/postgres/dossiers", new ProblemDocument(
            "urn:beffroi:problem:invalid-request", "The request is not valid", 422, "This size is unknown.", null, [new FieldError("spec.size", "This size is unknown.", "s1, s2, s4, s8")]));
        var run = await _cli.RunAsync("postgres", "create", "dossiers", "--size", "huge");
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("spec.size: This size is unknown. Allowed: s1, s2, s4, s8", run.Error, StringComparison.Ordinal);

        var json = await _cli.RunAsync("postgres", "create", "dossiers", "--size", "huge", "-o", "json");
        using var problem = JsonDocument.Parse(json.Error);
        Assert.Equal(422, problem.RootElement.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Where_the_detail_says_more_than_the_fields_both_are_shown()
    {
        _api.OnProblem("GET " + Samples.Path + "/postgres/dossiers", new ProblemDocument(
            "urn:beffroi:problem:stale-etag", "It does not hold", 412, "Read it again.", null, [new FieldError("If-Match", "This is not the present ETag.", "another")]));
        Assert.Equal("It does not hold.\nRead it again.\n  If-Match: This is not the present ETag. Allowed: another\n", (await _cli.RunAsync("postgres", "show", "dossiers")).Error);
    }

    [Fact]
    public async Task Delete_refuses_what_is_protected_before_it_asks_anything()
    {
        _api.OnJson("GET " + Samples.Path + "/postgres/dossiers", Samples.Postgres(protection: true), WireJson.Default.ResourcePostgresSpecPostgresStatus);
        var run = await _cli.RunAsync("postgres", "delete", "dossiers", "--yes");
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("--deletion-protection off", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_api.Requests, r => r.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Delete_without_a_person_to_ask_wants_yes()
    {
        _api.OnJson("GET " + Samples.Path + "/postgres/dossiers", Samples.Postgres(protection: false), WireJson.Default.ResourcePostgresSpecPostgresStatus);
        _api.OnJson("DELETE " + Samples.Path + "/postgres/dossiers", Samples.Operation("running", "delete"), WireJson.Default.Operation, 202);
        _api.OnJson("GET " + Samples.Path + "/operations/" + Samples.OperationId, Samples.Operation("succeeded", "delete") with { Message = "It can be brought back until tomorrow." }, WireJson.Default.Operation);
        var asked = await _cli.RunAsync("postgres", "delete", "dossiers");
        Assert.Equal(2, asked.ExitCode);
        Assert.DoesNotContain(_api.Requests, r => r.StartsWith("DELETE", StringComparison.Ordinal));

        var sure = await _cli.RunAsync("postgres", "delete", "dossiers", "--yes");
        Assert.Equal(0, sure.ExitCode);
        Assert.Contains("brought back until tomorrow", sure.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Update_sends_the_etag_and_leaves_what_is_not_named()
    {
        var put = await ChangedAsync("postgres", "update", "dossiers", "--deletion-protection", "off");
        Assert.Equal(Samples.Postgres(protection: false).Spec, put.Spec);
        Assert.Equal("care", put.Labels!["team"]);
        Assert.Contains(_api.Headers, h => h.IfMatch == "\"7\"");
    }

    [Fact]
    public async Task Roles_and_databases_are_changed_one_at_a_time()
    {
        var spec = Samples.Postgres().Spec;
        var reporting = spec.Roles![0];
        var until = new DateTimeOffset(2027, 6, 30, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(
            spec with { Roles = [reporting, new("writing", "none", until, 5, ["app"])] },
            (await ChangedAsync("postgres", "role", "set", "dossiers", "writing", "--login", "none", "--valid-until", "2027-06-30", "--connection-limit", "5", "--member-of", "app")).Spec);
        Assert.Equal(
            spec with { Roles = [reporting with { MemberOf = ["app"], ValidUntil = null }] },
            (await ChangedAsync("postgres", "role", "set", "dossiers", "reporting", "--member-of", "app", "--no-member-of", "pg_monitor", "--valid-until", "never")).Spec);
        Assert.Equal(spec with { Roles = [] }, (await ChangedAsync("postgres", "role", "remove", "dossiers", "reporting")).Spec);
        Assert.Equal(
            spec with { Databases = [new("records", "app", ["vector"])] },
            (await ChangedAsync("postgres", "database", "set", "dossiers", "records", "--owner", "app", "--extension", "vector")).Spec);
        Assert.Equal(
            spec with { AllowedNetworks = ["10.93.4.0/24", "10.93.5.7"] },
            (await ChangedAsync("postgres", "update", "dossiers", "--allow", "10.93.4.0/24", "--allow", "10.93.5.7", "--no-allow", "all")).Spec);
        using var key = System.Security.Cryptography.ECDsa.Create();
        var request = new CertificateRequest("CN=Clients", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        var file = Path.Combine(_cli.Configuration, "authority.pem");
        await File.WriteAllTextAsync(file, authority.ExportCertificatePem(), TestContext.Current.CancellationToken);
        Assert.Equal(
            spec with { ClientAuthorities = [authority.ExportCertificatePem()] }, (await ChangedAsync("postgres", "update", "dossiers", "--client-authority", file)).Spec);
        await File.AppendAllTextAsync(file, key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        Assert.Equal(2, (await _cli.RunAsync("postgres", "update", "dossiers", "--client-authority", file)).ExitCode);
        Assert.Equal(spec with { Databases = [] }, (await ChangedAsync("postgres", "database", "remove", "dossiers", "records")).Spec);
        Assert.Equal(
            spec with { MaintenanceWindow = new("sunday", "02:00", "04:00", "Europe/Paris") },
            (await ChangedAsync("postgres", "update", "dossiers", "--maintenance-window", "sunday 02:00-04:00 Europe/Paris")).Spec);
        Assert.Equal(2, (await _cli.RunAsync("postgres", "update", "dossiers", "--maintenance-window", "sundays")).ExitCode);
        Assert.Equal(
            spec with { Alerts = [new("storage-share", Above: 0.9, ForMinutes: 10), new("commits", Below: 1)] },
            (await ChangedAsync("postgres", "update", "dossiers", "--alert", "storage-share>0.9 for 10m", "--alert", "commits<1", "--no-alert", "cpu")).Spec);
        Assert.Equal(2, (await _cli.RunAsync("postgres", "update", "dossiers", "--alert", "storage-share")).ExitCode);
        Assert.Equal(
            spec with { Pooler = new("session", 50) }, (await ChangedAsync("postgres", "update", "dossiers", "--pooler", "session", "--pooler-max-clients", "50")).Spec);
        Assert.Equal(spec with { Pooler = new("transaction") }, (await ChangedAsync("postgres", "update", "dossiers", "--pooler", "transaction")).Spec);
        Assert.Null((await ChangedAsync("postgres", "update", "dossiers", "--pooler", "off")).Spec!.Pooler);

        Assert.Equal(3, (await _cli.RunAsync("postgres", "role", "remove", "dossiers", "nobody")).ExitCode);
        Assert.Equal(2, (await _cli.RunAsync("postgres", "role", "set", "dossiers", "reporting", "--valid-until", "soon")).ExitCode);
        Assert.Equal(2, (await _cli.RunAsync("postgres", "role", "set", "dossiers", "reporting", "--connection-limit", "-1")).ExitCode);
    }

    private async Task<PutResource<PostgresSpec>> ChangedAsync(params string[] arguments)
    {
        string body = "";
        _api.OnJson("GET " + Samples.Path + "/postgres/dossiers", Samples.Postgres(), WireJson.Default.ResourcePostgresSpecPostgresStatus);
        _api.On("PUT " + Samples.Path + "/postgres/dossiers", http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            body = reader.ReadToEndAsync().GetAwaiter().GetResult();
            return Results.Text(JsonSerializer.Serialize(Samples.Postgres(), WireJson.Default.ResourcePostgresSpecPostgresStatus), "application/json");
        });
        var run = await _cli.RunAsync(arguments);
        Assert.Equal(0, run.ExitCode);
        return JsonSerializer.Deserialize(body, WireJson.Default.PutResourcePostgresSpec)!;
    }

    [Fact]
    public async Task A_server_of_another_authority_is_not_trusted()
    {
        await using var other = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, other.AuthorityPem);
        var run = await _cli.RunAsync("postgres", "list");
        Assert.Equal(5, run.ExitCode);
        Assert.Empty(_api.Requests);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_ends_with_5()
    {
        _cli.UseContext("https://localhost:1/", _api.AuthorityPem);
        var run = await _cli.RunAsync("postgres", "list");
        Assert.Equal(5, run.ExitCode);
        Assert.Contains("can't be reached", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_c_ends_with_130()
    {
        _api.OnJson("GET " + Samples.Path + "/operations/" + Samples.OperationId, Samples.Operation("running"), WireJson.Default.Operation);
        var run = await _cli.RunAsync(["operation", "watch", Samples.OperationId.ToString()], process =>
        {
            SpinWait.SpinUntil(() => _api.Requests.Count > 1, TimeSpan.FromSeconds(30));
            using var kill = System.Diagnostics.Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
        });
        Assert.Equal(130, run.ExitCode);
    }

    [Fact]
    public async Task Completion_offers_commands_and_names_from_the_api()
    {
        OnList(Samples.Postgres("archive"), Samples.Postgres());
        var commands = await _cli.RunAsync("[suggest:17]", "beffroi postgres ");
        Assert.Contains("credentials", commands.Output, StringComparison.Ordinal);
        var names = await _cli.RunAsync("[suggest:22]", "beffroi postgres show ");
        Assert.Contains("dossiers", names.Output, StringComparison.Ordinal);
        Assert.Contains("archive", names.Output, StringComparison.Ordinal);
    }

    /// <summary>At a terminal, as a person types it: the word is completed before the line is run.</summary>
    [Theory]
    [InlineData("bash", "bash --norc -i", "source $0"), InlineData("fish", "fish --no-config -i", "source $0")]
    [InlineData("zsh", "zsh -f -i", "autoload -Uz compinit; compinit -D; source $0")]
    public async Task A_shells_script_completes_the_installations_own_command(string shell, string interactive, string load)
    {
        const string Installation = "beffroi-two";
        _cli.Installation = Installation;
        var script = Path.Combine(_cli.Configuration, "completion");
        await File.WriteAllTextAsync(script, (await _cli.RunAsync("completion", shell)).Output);
        // The command as `up` installs it, but that notes what it is run with.
        var command = Path.Combine(_cli.Configuration, Installation);
        await File.WriteAllTextAsync(command, $"""
            #!/bin/sh
            case $1 in '[suggest'*) BEFFROI_INSTALLATION={Installation} exec {CliRun.Program} "$@" ;; *) echo "$@" >"$0.run" ;; esac
            """);
        File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        const string Type = """
            export PATH="$1:$PATH" HOME="$1"
            printf '%s\n%s postgres cred\t\nexit\n' "$2" "$3" | script --quiet --flush --return --command "$4" /dev/null
            """;
        await Testing.Commands.RunAsync("sh", ["-c", Type, "sh", _cli.Configuration, load.Replace("$0", script, StringComparison.Ordinal), Installation, interactive]);
        Assert.Equal("postgres credentials", (await File.ReadAllTextAsync(command + ".run")).Trim());
    }

    [Fact]
    public async Task Operations_are_listed_up_to_a_limit_and_it_is_said_when_there_are_more()
    {
        _api.On("GET " + Samples.Path + "/operations", http =>
        {
            var next = http.Request.Query["pageToken"] == "second" ? null : "second";
            var page = new Page<Operation>([.. Enumerable.Repeat(Samples.Operation("succeeded"), 200)], next);
            return Results.Text(JsonSerializer.Serialize(page, WireJson.Default.PageOperation), "application/json");
        });
        var run = await _cli.RunAsync("operation", "list");
        Assert.Equal(51, run.Output.TrimEnd().Split('\n').Length);
        Assert.Contains("--limit", run.Error, StringComparison.Ordinal);
        var all = await _cli.RunAsync("operation", "list", "--limit", "400");
        Assert.Equal((401, ""), (all.Output.TrimEnd().Split('\n').Length, all.Error));
        Assert.Equal(2, (await _cli.RunAsync("operation", "list", "--limit", "0")).ExitCode);
    }

    private void OnList(params Resource<PostgresSpec, PostgresStatus>[] items) => _api.OnJson(
        "GET " + Samples.Path + "/postgres", new Page<Resource<PostgresSpec, PostgresStatus>>(items, null), WireJson.Default.PageResourcePostgresSpecPostgresStatus);
}
