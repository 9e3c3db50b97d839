using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Beffroi.Contracts;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Isolation;
using Beffroi.Contracts.Lockbox;
using Beffroi.Contracts.Policy;
using Beffroi.Contracts.Postgres;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Hosts.Cli;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Kernel;
using Beffroi.Transparency;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Cli.Tests;

/// <summary>Asked for JSON, every command answers with one document: its result on standard output, or what is wrong on standard error.</summary>
public sealed partial class JsonTests : IAsyncLifetime
{
    private const string Demo = "/v1/organizations/demo";
    private static readonly DateTimeOffset Then = new(2026, 11, 24, 8, 0, 0, TimeSpan.Zero);

    // Theirs is what psql prints, what this machine runs, or no end at all; they are looked at elsewhere.
    private static readonly string[] Others = ["postgres connect", "postgres logs", "postgres slow-queries", "postgres export", "postgres import", "verify encryption", "lockbox audit", "up", "down", "status", "witness run", "logout"];

    private readonly CliRun _cli = new() { Input = FakeApi.Token + "\n" };
    private readonly NoteSigner _approver = NoteSigner.Generate("demo/bob", NoteAlgorithm.Ed25519);
    private readonly EscrowScene _escrow = new();
    private FakeApi _api = null!;
    private ServedLog _log = null!;

    public static TheoryData<string> Commands =>
    [
        "postgres create dossiers", "postgres create dossiers --no-wait", "postgres list", "postgres show dossiers", "postgres credentials dossiers",
        "postgres update dossiers --size s2", "postgres update dossiers --parameter work_mem=8MB --extension vector --no-extension hstore --allow 10.93.4.0/24 --no-client-authority all",
        "postgres parameters list mem --size s1", "postgres extensions list", "postgres metrics", "postgres metrics dossiers", "postgres metrics dossiers --since 6h --metric cpu,wal --node n-1", "postgres delete dossiers --yes", "postgres delete dossiers --yes --no-wait",
        "postgres role list dossiers", "postgres role set dossiers reporting --member-of pg_read_all_data --valid-until 2027-01-01 --connection-limit 5",
        "postgres role remove dossiers reporting", "postgres role rotate-password dossiers reporting", "postgres role rotate-password dossiers app --no-wait",
        "postgres database list dossiers", "postgres database set dossiers records --owner reporting --extension vector", "postgres database remove dossiers records",
        "postgres credentials dossiers --role reporting", "postgres undelete dossiers", "postgres switchover dossiers", "postgres restart dossiers --no-wait", "postgres stop dossiers", "postgres start dossiers", "postgres rotate-key dossiers --no-wait", "postgres apply-updates dossiers --no-wait", "postgres update dossiers --maintenance-window off",
        "postgres create dossiers --pooler session --pooler-max-clients 50", "postgres update dossiers --pooler transaction", "postgres credentials dossiers --pooled",
        "postgres backup create dossiers", "postgres backup create dossiers --type full --label mine --no-wait", "postgres backup list dossiers",
        "postgres backup show dossiers mine", "postgres restore dossiers --to new --latest --no-wait", "postgres restore dossiers --to new --at 2026-11-23T08:00:00Z",
        "backup-repository show", "backup-repository repair", "backup-repository repair --no-wait", "backup-repository rotate-key --no-wait", "verify backups", "verify backups dossiers --now",
        "operation list", "operation show OPERATION", "operation watch OPERATION",
        "organization list", "organization show demo", "organization create hospital --owner alice --context admin",
        "space list", "space show eval", "space create eval --evaluation", "space label eval FILE.label",
        "space egress list", "space egress allow 192.0.2.8 --port 443", "space egress deny 192.0.2.7 --port 443", "space egress clear",
        "space peer list", "space peer request records --port tcp/5432", "space peer accept records", "space peer remove records",
        "verify isolation", "verify isolation --no-wait", "verify list", "verify show v1", "verify evidence FILE.note --key KEY",
        "key show", "key list", "key seal --yes", "key seal --yes --no-wait", "key unseal", "key rotate --provider hsm",
        "key escrow create FILE.escrow --shares 3 --threshold 2 --folder FILE.shares", "key escrow check FILE.share0 FILE.share1 --public-key FILE.public",
        "key escrow register FILE.public", "key escrow show", "key escrow export FILE.kept",
        "key escrow open FILE.escrowed --resource eval/dossiers --use volume --out FILE.opened --share FILE.share0 --share FILE.share2 --yes",
        "key escrow recover --provider hsm --share FILE.share0 --share FILE.share2 --yes", "key escrow remove --yes",
        "safeguard show", "safeguard set --deletion-grace 24", "approval list", "approval approve OPERATION", "approval refuse OPERATION",
        "evidence list", "evidence frameworks", "evidence show", "evidence export --file FILE.zip", "evidence attest 5.2.d --statement Approved --until 2027-06-01",
        "evidence withdraw 5.2.d", "evidence attestations",
        "sovereignty list", "sovereignty show racks", "sovereignty simulate --supplier maker --country US",
        "sovereignty set racks --kind hardware --name Racks --stops at-failure --reason Parts --carries keys --context admin", "sovereignty remove racks --context admin", "sovereignty seal show", "sovereignty seal show SOV-5", "sovereignty seal state SOV-5 --level 2 --why Parts --context admin",
        "policy explain", "policy explain eval --postgres dossiers", "policy rules", "policy zone", "policy limits show", "policy limits set --country FR --site north",
        "policy derogation list", "policy derogation remove granted",
        "policy derogation set granted --rule r9-qualification --for eval --authority Minister --reference 1 --published https://a.example --expires 2027-11-30",
        "operator zone list --context admin", "operator zone capacity --context admin", "operator zone images --context admin", "operator zone show --context admin", "operator zone set local FILE.zone --context admin",
        "ledger tail --lines 1", "ledger search --limit 1", "ledger export FILE.export", "ledger prove 7", "ledger prove 7 --file FILE", "ledger verify",
        "ledger witness list", "ledger witness set region --url https://w.example --key k", "ledger witness remove region",
        "ledger forward list", "ledger forward set siem --url https://s.example", "ledger forward remove siem", "ledger key", "ledger forget --yes",
        "member list", "member invite bob", "member reset bob --yes", "member disable bob", "member enable bob", "member remove bob --yes",
        "service-account list", "service-account create nightly", "service-account key nightly --key FILE.new", "service-account access-token demo/nightly --key FILE.key",
        "service-account access-token demo/nightly --token FILE.key", "service-account identity list nightly", "service-account identity remove nightly pipeline",
        "service-account identity set nightly pipeline --issuer https://i.example --audience a --subject s --claim environment=production",
        "service-account disable nightly", "service-account remove nightly",
        "identity-provider list", "identity-provider show hospital", "identity-provider remove hospital",
        "identity-provider set hospital --issuer https://id.example --client-id beffroi --client-secret FILE.client --acr eidas1 --second-factor-acr eidas2 --required",
        "group list", "group set dba bob", "group remove dba",
        "role list", "role set looker postgres.read", "role remove looker", "role grants", "role grant looker --member bob", "role revoke OPERATION",
        "access-review due", "access-review list", "access-review show OPERATION", "access-review begin technical", "access-review decide OPERATION bob keep --remark Needed",
        "access-review decide OPERATION bob withdraw --grant OPERATION --group dba --token laptop --keys --disable", "access-review close OPERATION", "access-review cancel OPERATION",
        "access-review due --context admin", "access-review list --context admin", "access-review show OPERATION --context admin", "access-review begin rights --context admin",
        "access-review decide OPERATION bob withdraw --grant OPERATION --token laptop --disable --context admin", "access-review close OPERATION --context admin", "access-review cancel OPERATION --context admin",
        "lockbox list", "lockbox list --context admin", "lockbox show OPERATION", "lockbox show OPERATION --context admin", "lockbox approve OPERATION --key FILE.sealed --yes", "lockbox end OPERATION",
        "lockbox accesses OPERATION", "lockbox accesses OPERATION OPERATION", "lockbox key create --key FILE.sealed", "lockbox key list", "lockbox key remove bob",
        "lockbox trust APPROVER",
        "lockbox ask demo/eval dossiers --reason incident --details Slow --context admin", "lockbox open OPERATION --context admin", "lockbox withdraw OPERATION --context admin",
        "break-glass begin --reason incident --details Slow --context admin", "break-glass list", "break-glass list --context admin", "break-glass show OPERATION", "break-glass show OPERATION --context admin",
        "break-glass approve OPERATION --yes --context admin", "break-glass host OPERATION --context admin", "break-glass end OPERATION --context admin",
        "alert list", "alert list --open", "alert receiver list", "alert receiver show on-call", "alert receiver create on-call --url https://a.example --least-severity critical --only-space eval",
        "alert receiver confirm on-call k7mq2wxa9d", "alert receiver test on-call", "alert receiver rotate-secret on-call", "alert receiver delete on-call",
        "login --device", "enrol", "session list", "session list --member bob", "session end 0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80", "token list", "token create laptop", "token revoke laptop",
        "quota show", "quota set --cpus 8",
        "usage", "usage --organization demo --since 2026-11-01 --until 2026-12-01 --by day", "price-list", "operator usage --month 2026-11 --context admin",
        "operator price-list show --context admin", "operator price-list declare --file FILE.prices --context admin",
        "operator list", "operator invite olga support", "operator invite olga support --service-account", "operator reset olga", "operator set olga support", "operator remove olga",
        "invitation accept work --server SERVER --ca CA", "witness init --state FILE.witness --name witness.example/1",
        "context list", "context use test", "context add other --server SERVER --ca CA", "context remove test",
        "completion bash", "version",
    ];

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, _api.AuthorityPem);
        _log = new ServedLog(_api);
        _log.Serve(ServedLog.Entries(9));
    }

    public async ValueTask DisposeAsync()
    {
        _log.Dispose();
        _approver.Dispose();
        _escrow.Dispose();
        await _api.DisposeAsync();
        _cli.Dispose();
    }

    [Theory, MemberData(nameof(Commands))]
    public async Task A_result_is_one_document_on_standard_output(string command)
    {
        AnswerEverything();
        var file = Path.Combine(_cli.Configuration, "file");
        await WriteInputsAsync(file);
        // In one pass: what one placeholder stands for (a folder with a random name) is never looked at for the next.
        var arguments = Placeholder().Replace(command, placeholder => placeholder.Value switch
        {
            "OPERATION" => Samples.OperationId.ToString(),
            "FILE" => file,
            "APPROVER" => _approver.PublicKey.ToString(),
            "KEY" => _log.Signer.PublicKey.ToString(),
            "SERVER" => _api.Address,
            _ => Path.GetFullPath(Path.Combine(_cli.Configuration, "../../ca.pem")),
        });
        var run = await _cli.RunAsync([.. arguments.Split(' '), "--output", "json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        using var document = JsonDocument.Parse(run.Output);
        Assert.True(document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array, run.Output);
    }

    [Fact]
    public void Every_command_is_among_those() =>
        Assert.All(Leaves(), leaf => Assert.Contains(Commands.Select(c => c.Data).Concat(Others), c => c == leaf || c.StartsWith(leaf + " ", StringComparison.Ordinal)));

    [Fact]
    public async Task Wrong_usage_is_a_problem_on_standard_error()
    {
        foreach (var leaf in Leaves())
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            Assert.Equal(2, await Invocation.RunAsync([.. leaf.Split(' '), "--timeout", "0", "-o", "json"], new Terminal(output, error, false, false, false)));
            Assert.Equal("", output.ToString());
            var problem = JsonSerializer.Deserialize(error.ToString(), WireJson.Default.ProblemDocument)!;
            Assert.Equal("urn:beffroi:problem:usage", problem.Type);
            Assert.Contains($"beffroi {leaf} --help", problem.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_operation_that_failed_is_a_problem_on_standard_error()
    {
        _api.OnJson("PUT " + Samples.Path + "/postgres/dossiers", Samples.Postgres(state: "creating"), WireJson.Default.ResourcePostgresSpecPostgresStatus, 201);
        _api.OnJson("GET " + Samples.Path + "/operations/" + Samples.OperationId, Samples.Operation("failed"), WireJson.Default.Operation);
        var run = await _cli.RunAsync("postgres", "create", "dossiers", "-o", "json");
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        // Beside the steps, which are for whoever watches.
        var problem = run.Error.Split('\n').Single(line => line.StartsWith('{'));
        Assert.Equal("urn:beffroi:problem:failed", JsonSerializer.Deserialize(problem, WireJson.Default.ProblemDocument)!.Type);
    }

    [Fact]
    public async Task Where_there_is_no_installation_down_and_status_say_so()
    {
        _cli.Installation = "beffroi-none";
        var status = await _cli.RunAsync("status", "-o", "json");
        Assert.Equal((3, ""), (status.ExitCode, status.Output));
        Assert.Equal("urn:beffroi:problem:not-found", JsonSerializer.Deserialize(status.Error, WireJson.Default.ProblemDocument)!.Type);

        var down = await _cli.RunAsync("down", "-o", "json");
        if (Environment.IsPrivilegedProcess)
        {
            Assert.Equal((0, ""), (down.ExitCode, down.Error));
            using var document = JsonDocument.Parse(down.Output);
            Assert.False(document.RootElement.GetProperty("found").GetBoolean());
        }
        else
        {
            Assert.Equal((1, ""), (down.ExitCode, down.Output));
            Assert.Equal("urn:beffroi:problem:failed", JsonSerializer.Deserialize(down.Error, WireJson.Default.ProblemDocument)!.Type);
        }
    }

    private static IEnumerable<string> Leaves()
    {
        var root = Invocation.Root(new GlobalOptions(), Terminal.OfProcess());
        return Below(root, "").Select(c => c.TrimStart());

        static IEnumerable<string> Below(Command command, string path) =>
            command.Subcommands.Count == 0 ? [path] : command.Subcommands.SelectMany(c => Below(c, path + " " + c.Name));
    }

    /// <summary>What some commands read: a service account's key, signed evidence.</summary>
    private async Task WriteInputsAsync(string file)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(file + ".key", key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file + ".client", "a secret of a client\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file + ".sealed", SealedSigner.Seal(_approver, FakeApi.Token), TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.Combine(_cli.Configuration, "lockbox"));
        await File.WriteAllTextAsync(Path.Combine(_cli.Configuration, "lockbox", Samples.OperationId + ".secret"), "secret", TestContext.Current.CancellationToken);
        var evidence = new IsolationEvidence("beffroi", "local", Guid.Empty, "10.93.0.0/24", [], Verification());
        var text = IsolationEvidence.Format + "\n" + JsonSerializer.Serialize(evidence, WireJson.Default.IsolationEvidence) + "\n";
        for (var i = 0; i < _escrow.Shares.Count; i++)
        {
            await File.WriteAllTextAsync($"{file}.share{i}", _escrow.Shares[i], TestContext.Current.CancellationToken);
        }

        await File.WriteAllTextAsync(file + ".public", _escrow.Key.PublicKey.Pem, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file + ".escrowed", JsonSerializer.Serialize(_escrow.Export, WireJson.Default.EscrowExport), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file + ".label", """{ "controller": "hospital" }""", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            file + ".prices", """{ "from": "2027-01-01", "currency": "EUR", "cpuHour": 0.02, "memoryGiBHour": 0, "storageGiBHour": 0, "backupGiBHour": 0 }""", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file + ".zone", """{ "country": "FR" }""", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file + ".note", new SignedNote(text, [_log.Signer.Sign(text)]).ToString(), TestContext.Current.CancellationToken);
    }

    private static IsolationVerification Verification() =>
        new(Guid.Empty, "demo", "eval", "v1", "request", "passed", "Every attempt failed.", Then, Then, [], null, Samples.OperationId);

    private void AnswerBackups(WireJson wire)
    {
        _api.OnJson(
            $"GET {Samples.Path}/postgres-parameters",
            new Page<PostgresParameter>([new("work_mem", "integer", "kB", "64kB", "128MB", null, null, null, NeedsRestart: false, "Memory of one sort or hash.")], null), wire.PagePostgresParameter);
        const string Metrics = "# TYPE beffroi_postgres_connections gauge\nbeffroi_postgres_connections{organization=\"demo\",space=\"eval\",name=\"dossiers\",node=\"n-1\",state=\"active\"} 7\n";
        _api.On($"GET {Samples.Path}/postgres-metrics", _ => TypedResults.Text(Metrics));
        _api.On($"GET {Samples.Path}/postgres/dossiers/metrics", _ => TypedResults.Text(Metrics));
        _api.OnJson($"GET {Samples.Path}/postgres/dossiers/metrics/history", Samples.History, wire.PostgresHistory);
        _api.OnJson($"GET {Samples.Path}/postgres-extensions", new Page<PostgresExtensionOffer>([new("vector", "Vectors.")], null), wire.PagePostgresExtensionOffer);
        var request = new PostgresBackupRequest(Samples.OperationId, "full", "mine", Then);
        var backup = new PostgresBackup("20261123-020000F", "full", "mine", request.Id, Then, Then, "0/3000060", 30 << 20, 3 << 20, Damaged: false);
        var window = new PostgresBackupStatus(Then, Then, backup.Name, Then, Then);
        _api.OnJson($"POST {Samples.Path}/postgres/dossiers/backups", request, wire.PostgresBackupRequest, 202);
        _api.OnJson($"GET {Samples.Path}/postgres/dossiers/backups", new PostgresBackups(window, null, null, [], [backup]), wire.PostgresBackups);
        _api.OnJson($"POST {Samples.Path}/postgres/dossiers/drills", request with { Type = "drill" }, wire.PostgresBackupRequest, 202);
        _api.OnJson(
            $"GET {Samples.Path}/postgres/dossiers/drills",
            [new PostgresDrill(request.Id.ToString("D"), backup.Name, Then, Then, Passed: true, "All is there.", 2.5, 30, 2, 12, 100, new string('0', 64))], wire.IReadOnlyListPostgresDrill);
        _api.OnJson($"POST {Samples.Path}/postgres/dossiers/restores", Samples.Postgres("new", state: "creating"), wire.ResourcePostgresSpecPostgresStatus, 201);
        _api.OnJson($"GET {Samples.Path}/postgres/new", Samples.Postgres("new"), wire.ResourcePostgresSpecPostgresStatus);
        var repository = new Resource<BackupRepositorySpec, BackupRepositoryStatus>(
            Guid.Empty, "backup-repository", "demo", "eval", "backups", new Dictionary<string, string>(), 1, "\"7\"", Then, Then, null, new BackupRepositorySpec(),
            new BackupRepositoryStatus("ready", 1, [new Condition("Locked", true, "Done", "What is finished can't be changed.", Then)], "10.93.0.3", LockedFiles: 12, LockedUntil: Then),
            Samples.OperationId);
        _api.OnJson($"GET {Samples.Path}/backup-repository", repository, wire.ResourceBackupRepositorySpecBackupRepositoryStatus);
        _api.OnJson($"POST {Samples.Path}/backup-repository/repair", repository, wire.ResourceBackupRepositorySpecBackupRepositoryStatus, 202);
        _api.OnJson($"POST {Samples.Path}/backup-repository/rotate-key", repository, wire.ResourceBackupRepositorySpecBackupRepositoryStatus, 202);
    }

    private void AnswerEverything()
    {
        var wire = WireJson.Default;
        Kept("/postgres/dossiers", Samples.Postgres(protection: false), wire.ResourcePostgresSpecPostgresStatus);
        _api.OnJson($"DELETE {Samples.Path}/postgres/dossiers", Samples.Operation("running", "delete"), wire.Operation, 202);
        _api.OnJson($"POST {Samples.Path}/postgres/dossiers/undelete", Samples.Operation("running", "undelete"), wire.Operation, 202);
        _api.OnJson($"POST {Samples.Path}/postgres/dossiers/switchover", Samples.Operation("running", "switchover"), wire.Operation, 202);
        _api.OnJson($"POST {Samples.Path}/postgres/dossiers/roles/reporting/rotate-password", Samples.Operation("running", "rotate-password"), wire.Operation, 202);
        _api.OnJson($"POST {Samples.Path}/postgres/dossiers/roles/app/rotate-password", Samples.Operation("running", "rotate-password"), wire.Operation, 202);
        _api.OnJson($"POST {Samples.Path}/postgres/dossiers/restart", Samples.Operation("running", "restart"), wire.Operation, 202);
        _api.OnJson($"POST {Samples.Path}/postgres/dossiers/rotate-key", Samples.Operation("running", "rotate-key"), wire.Operation, 202);
        _api.OnJson($"POST {Samples.Path}/postgres/dossiers/apply-updates", Samples.Operation("running", "apply-updates"), wire.Operation, 202);
        _api.OnJson($"GET {Samples.Path}/postgres", Page(Samples.Postgres()), wire.PageResourcePostgresSpecPostgresStatus);
        _api.OnJson($"GET {Samples.Path}/postgres/dossiers/credentials", Samples.Credentials, wire.PostgresCredentials);
        _api.OnJson($"GET {Samples.Path}/operations/{Samples.OperationId}", Samples.Operation("succeeded"), wire.Operation);
        _api.OnJson($"GET {Samples.Path}/operations", Page(Samples.Operation("succeeded")), wire.PageOperation);

        AnswerBackups(wire);
        var organization = new Organization(Guid.Empty, "demo", Then);
        _api.OnJson("GET /v1/organizations", Page(organization), wire.PageOrganization);
        _api.OnJson("GET " + Demo, organization, wire.Organization);
        _api.OnJson("PUT /operator/v1/organizations/hospital", organization, wire.Organization, 201);
        var space = new Space(Guid.Empty, "demo", "eval", "open", "local", "10.93.0.0/24", Then);
        _api.OnJson($"GET {Demo}/spaces", Page(space), wire.PageSpace);
        Kept("", space, wire.Space);
        Kept("/quota", new Quota("demo", "eval", new QuotaLimits(8), new QuotaUse(1, "1GiB", "10GiB", new Dictionary<string, long>())), wire.Quota);
        Kept("/egress", new Egress([new EgressEntry("192.0.2.7/32", "443")], InForce: true), wire.Egress);
        var peerings = Page(new Peering("records", "eval", ["tcp/5432"], false, "active", true, Then, Then));
        foreach (var request in (string[])["GET {0}", "PUT {0}/records", "PUT {0}/records/acceptance", "DELETE {0}/records"])
        {
            _api.OnJson(request.Replace("{0}", Samples.Path + "/peerings", StringComparison.Ordinal), peerings, wire.PagePeering);
        }

        _api.OnJson($"POST {Samples.Path}/isolation-verifications", new IsolationVerdict("v1", "running", Then, null), wire.IsolationVerdict, 202);
        _api.OnJson($"GET {Samples.Path}/isolation-verifications", Page(Verification()), wire.PageIsolationVerification);
        _api.OnJson($"GET {Samples.Path}/isolation-verifications/v1", Verification(), wire.IsolationVerification);

        _api.OnJson($"GET {Demo}/key", new OrganizationKey("demo", "open", null, "softhsm", null, Then, ["softhsm"], [new KeyGeneration(1, "softhsm", "active", "00", Then, null)], null), wire.OrganizationKey);
        foreach (var method in (string[])["GET", "PUT", "DELETE"])
        {
            _api.OnJson($"{method} {Demo}/key/escrow", _escrow.Shown, wire.KeyEscrow);
        }

        _api.OnJson($"GET {Demo}/key/escrow/export", _escrow.Export, wire.EscrowExport);
        _api.OnJson($"POST {Demo}/key/escrow/recover", Samples.Operation("running", "unseal"), wire.Operation, 202);
        _api.OnJson($"GET {Demo}/key/resources", Page(new ResourceKey("postgres", "eval/dossiers", Guid.Empty, 1, "active", 1, Then)), wire.PageResourceKey);
        foreach (var verb in (string[])["seal", "unseal", "rotate"])
        {
            _api.OnJson($"POST {Demo}/key/{verb}", Samples.Operation("running", verb), wire.Operation, 202);
        }

        _api.OnJson($"GET {Demo}/key/operations/{Samples.OperationId}", Samples.Operation("succeeded"), wire.Operation);
        _api.OnJson($"GET {Demo}/safeguards", new Safeguards(), wire.Safeguards);
        _api.OnJson($"PUT {Demo}/safeguards", new Safeguards(24), wire.Safeguards);
        var approval = new Approval(Samples.OperationId, "key.seal", "demo", "bob", "approved", "alice", Then, Then);
        _api.OnJson($"GET {Demo}/approvals", Page(approval), wire.PageApproval);
        _api.OnJson($"POST {Demo}/approvals/{Samples.OperationId}/approve", approval, wire.Approval);
        _api.OnJson($"POST {Demo}/approvals/{Samples.OperationId}/refuse", approval with { State = "refused" }, wire.Approval);

        AnswerEvidence(wire);
        AnswerSovereignty(wire);
        AnswerPolicy(wire);
        AnswerUsage(wire);
        Listed($"{Demo}/ledger/witnesses", "region", new LedgerWitness("region", "https://w.example", "k", 12), wire.LedgerWitness, wire.PageLedgerWitness);
        Listed($"{Demo}/ledger/forwards", "siem", new LedgerForward("siem", "https://s.example", 3, 4), wire.LedgerForward, wire.PageLedgerForward);
        Listed($"{Demo}/members", "bob", new Member(Guid.Empty, "bob", "active", [], Then), wire.Member, wire.PageMember);
        Listed($"{Demo}/service-accounts", "nightly", new ServiceAccount(Guid.Empty, "nightly", "active", [], Then), wire.ServiceAccount, wire.PageServiceAccount);
        _api.OnJson($"PUT {Demo}/service-accounts/nightly/keys", new PublicKeys([]), wire.PublicKeys);
        _api.OnJson("POST /v1/oauth/token", new OAuthToken("bfr_short", "Bearer", 600), wire.OAuthToken);
        Listed($"{Demo}/groups", "dba", new Group("dba", ["bob"], Then), wire.Group, wire.PageGroup);
        Listed($"{Demo}/roles", "looker", new Role("looker", false, "", ["postgres.read"]), wire.Role, wire.PageRole);
        var grant = new Grant(Samples.OperationId, "looker", "bob", null, null, null, Then);
        Listed($"{Demo}/grants", Samples.OperationId.ToString(), grant, wire.Grant, wire.PageGrant);
        _api.OnJson($"PUT {Demo}/grants", grant, wire.Grant);
        AnswerReviews(wire);
        var workload = new WorkloadIdentity("pipeline", "https://i.example", "a", "s", new Dictionary<string, string> { ["environment"] = "production" }, null, null);
        Listed(Demo + "/service-accounts/nightly/identities", "pipeline", workload, wire.WorkloadIdentity, wire.PageWorkloadIdentity);
        var provider = new IdentityProvider("hospital", "https://id.example", "beffroi", "secret", ["openid"], ["eidas1"], ["eidas2"], [], null, "email", true, null, 3, "/sign-in/provider/callback", Then);
        Listed(Demo + "/identity-providers", "hospital", provider, wire.IdentityProvider, wire.PageIdentityProvider);
        _api.OnJson($"GET {Demo}/identity-providers/hospital", provider, wire.IdentityProvider);
        AnswerLockbox(wire);
        AnswerBreakGlass(wire);
        _api.OnJson($"GET {Demo}/alerts", Page(new Alert(Guid.Empty, "backup-late", "warning", "open", "eval/postgres/dossiers", "A backup is late", "", Then, Then)), wire.PageAlert);
        var told = new AlertReceiver("on-call", "https://a.example", null, "active", "en", "critical", ["eval"], null, 0, 0);
        Listed($"{Demo}/alert-receivers", "on-call", told, wire.AlertReceiver, wire.PageAlertReceiver);
        _api.OnJson($"GET {Demo}/alert-receivers/on-call", told, wire.AlertReceiver);
        _api.OnJson($"POST {Demo}/alert-receivers/on-call/test", told, wire.AlertReceiver);
        _api.OnJson($"POST {Demo}/alert-receivers/on-call/confirmation", told, wire.AlertReceiver);
        _api.OnJson($"POST {Demo}/alert-receivers/on-call/secret", told with { Secret = "s" }, wire.AlertReceiver);
        var token = new AccessToken("laptop", "valid", Then, Then.AddDays(90), null);
        Listed("/v1/tokens", "laptop", token, wire.AccessToken, wire.PageAccessToken);
        _api.OnJson("POST /v1/invitations", token, wire.AccessToken, 201);
        _api.OnJson("GET /v1/whoami", new WhoAmI("bob", "customer", "demo"), wire.WhoAmI);
        _api.OnJson("POST /oauth/device", new DeviceAuthorization("device", "BCDF-GHJK", _api.Address + "/device", 60, 1), wire.DeviceAuthorization);
        _api.OnJson("POST /oauth/token", new SessionTokens(FakeApi.Token, "bft_next", 300), wire.SessionTokens);
        _api.OnJson("PUT /v1/enrolment", new Enrolment("/enrol", 15), wire.Enrolment);
        var session = new SignInSession(Guid.Parse("0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80"), "beffroi-cli", "192.0.2.1", Then, Then, Then.AddDays(7), true);
        Listed("/v1/sessions", session.Id.ToString(), session, wire.SignInSession, wire.PageSignInSession);
        Listed($"{Demo}/members/bob/sessions", session.Id.ToString(), session, wire.SignInSession, wire.PageSignInSession);
        _api.OnJson($"GET {Demo}/members/bob", new Member(Guid.Empty, "bob", "active", [], Then), wire.Member);
        Listed("/operator/v1/operators", "olga", new OperatorAccount(Guid.Empty, "olga", "active", ["support"], Then), wire.OperatorAccount, wire.PageOperatorAccount);
    }

    private void AnswerReviews(WireJson wire)
    {
        var review = new AccessReview(Samples.OperationId, "rights", "open", "alice", Then, null, null, new AccessReviewCounts(2, 1, 0, 0, 1, 0), ["carol"]);
        var account = new ReviewedAccount("active", Then, Then, ["dba"], [new ReviewedGrant(Samples.OperationId, "looker", ["postgres.read"], null, "eval", null)], [new ReviewedToken("laptop", Then, Then, null)], []);
        var item = new AccessReviewItem(
            "bob", account, false, [new AccessChange("token-added", "new")], new AccessReviewDecision("withdraw", "alice", Then, "Left.", [new AccessChange("grant-removed", "looker")], false));
        foreach (var root in (string[])[Demo, "/operator/v1"])
        {
            _api.OnJson($"GET {root}/access-review-schedule", Page(new AccessReviewDue("rights", 365, "due-soon", null, Then, review.Id)), wire.PageAccessReviewDue);
            _api.OnJson($"GET {root}/access-reviews", Page(review), wire.PageAccessReview);
            _api.OnJson($"POST {root}/access-reviews", review, wire.AccessReview, 201);
            _api.OnJson($"GET {root}/access-reviews/{review.Id}", review, wire.AccessReview);
            _api.OnJson($"GET {root}/access-reviews/{review.Id}/items", Page(item), wire.PageAccessReviewItem);
            _api.OnJson($"PUT {root}/access-reviews/{review.Id}/items/bob/decision", item, wire.AccessReviewItem);
            _api.OnJson($"POST {root}/access-reviews/{review.Id}/close", review with { State = "closed", EndedBy = "alice", EndedAt = Then }, wire.AccessReview);
            _api.OnJson($"POST {root}/access-reviews/{review.Id}/cancel", review with { State = "cancelled", EndedBy = "alice", EndedAt = Then }, wire.AccessReview);
        }
    }

    private void AnswerLockbox(WireJson wire)
    {
        const string Own = Demo + "/lockbox-requests";
        const string Theirs = "/operator/v1/lockbox-requests";
        var shown = LockboxTests.Case(Samples.OperationId);
        var access = new LockboxAccess(Samples.OperationId, Then, "192.0.2.1", "text/plain", 1, new string('a', 64), "x");
        _api.OnJson($"GET {Own}", Page(shown.Request), wire.PageLockboxRequest);
        _api.OnJson($"GET {Own}/{shown.Request.Id}", shown, wire.LockboxCase);
        _api.OnJson($"POST {Own}/{shown.Request.Id}/approve", shown, wire.LockboxCase);
        _api.OnJson($"POST {Own}/{shown.Request.Id}/end", shown, wire.LockboxCase);
        _api.OnJson($"GET {Own}/{shown.Request.Id}/accesses", Page(access with { Content = null }), wire.PageLockboxAccess);
        _api.OnJson($"GET {Own}/{shown.Request.Id}/accesses/{access.Id}", access, wire.LockboxAccess);
        Listed(Demo + "/lockbox-keys", "bob", new LockboxKey("bob", "demo/bob+1+x", Then), wire.LockboxKey, wire.PageLockboxKey);
        _api.OnJson($"PUT {Demo}/lockbox-keys", new LockboxKey("bob", "demo/bob+1+x", Then), wire.LockboxKey);
        _api.OnJson($"GET {Theirs}", Page(shown.Request), wire.PageLockboxRequest);
        _api.OnJson($"POST {Theirs}", shown.Request, wire.LockboxRequest, 201);
        _api.OnJson($"GET {Theirs}/{shown.Request.Id}", shown.Request, wire.LockboxRequest);
        _api.OnJson($"POST {Theirs}/{shown.Request.Id}/withdraw", shown.Request, wire.LockboxRequest);
        _api.OnJson($"POST {Theirs}/{shown.Request.Id}/open", new LockboxContent(Then, "text/plain", "x"), wire.LockboxContent);
    }

    private void AnswerBreakGlass(WireJson wire)
    {
        const string Theirs = "/operator/v1/break-glasses";
        var glass = new BreakGlass(Samples.OperationId, "olga", "paul", "incident", "Slow", 60, "open", Then, Then.AddHours(1), Then, Then.AddHours(1), null, null, 1);
        _api.OnJson($"GET {Demo}/break-glasses", Page(glass), wire.PageBreakGlass);
        _api.OnJson($"GET {Demo}/break-glasses/{glass.Id}", glass, wire.BreakGlass);
        _api.OnJson($"GET {Theirs}", Page(glass), wire.PageBreakGlass);
        _api.OnJson($"GET {Theirs}/{glass.Id}", glass, wire.BreakGlass);
        _api.OnJson($"POST {Theirs}", glass with { State = "waiting", ApprovedBy = null, OpenedAt = null, OpenUntil = null }, wire.BreakGlass, 201);
        _api.OnJson($"POST {Theirs}/{glass.Id}/approve", glass, wire.BreakGlass);
        _api.OnJson($"POST {Theirs}/{glass.Id}/end", glass with { State = "ended", EndedAt = Then, EndedBy = "paul" }, wire.BreakGlass);
        _api.OnJson(
            $"POST {Theirs}/{glass.Id}/host",
            new HostInventory(Then, Then, "local", "host-1", Then, 8, 0.5, 64L << 30, 32L << 30, 1L << 40, 1L << 39, [Guid.Empty], [new(Guid.Empty, Guid.Empty, "Running", "a")], [new(Guid.Empty, 1 << 30, true, "fscrypt")]),
            wire.HostInventory);
    }

    private void AnswerEvidence(WireJson wire)
    {
        var text = new LocalText("Yes.", "Oui.");
        var finding = new EvidenceFinding("key-own", text, text, true, "holds", text, Then, Then, Then, []);
        var framework = new EvidenceFramework("secnumcloud-3.2", "SecNumCloud 3.2", "ANSSI", new DateOnly(2022, 3, 8), 1, null);
        var attestation = new Attestation("secnumcloud-3.2", "5.2.d", "customer", "Approved", null, "alice", Then, new DateOnly(2027, 6, 1));
        var evidence = new FrameworkEvidence(framework, "demo", Then, [finding], [new RequirementEvidence("10.1.a", text, "enforced", "must", "enforced", Then, Then, ["key-own"], [attestation])]);
        const string One = Demo + "/evidence/frameworks/secnumcloud-3.2";
        _api.OnJson($"GET {Demo}/evidence/findings", Page(finding), wire.PageEvidenceFinding);
        _api.OnJson($"GET {Demo}/evidence/frameworks", Page(framework), wire.PageEvidenceFramework);
        _api.OnJson("GET " + One, evidence, wire.FrameworkEvidence);
        _api.On($"GET {One}/bundle", _ => Results.Bytes([0x50, 0x4b], "application/zip"));
        _api.OnJson($"PUT {One}/attestations/5.2.d", attestation, wire.Attestation);
        _api.OnJson($"DELETE {One}/attestations/5.2.d", attestation, wire.Attestation);
    }

    private void AnswerSovereignty(WireJson wire)
    {
        var text = new LocalText("Parts.", "Pièces.");
        var entry = new RegisterEntry("racks", "hardware", "Racks", "operator", "at-failure", text, [new CarriedEntry("keys")]);
        Listed("/operator/v1/sovereignty/entries", "racks", entry, wire.RegisterEntry, wire.PageRegisterEntry);
        _api.OnJson("GET /v1/sovereignty/entries", Page(entry), wire.PageRegisterEntry);
        _api.OnJson("GET /v1/sovereignty/entries/racks", entry, wire.RegisterEntry);
        var stop = new SimulatedStop("keys", "beffroi-service", "Keys", "at-failure", null, text, ["maker", "racks", "keys"]);
        _api.OnJson("GET /v1/sovereignty/seal", new SovereigntySheet("local", Then, SovereigntyTests.Objectives(), ["SOV-8"], null, [new SovereigntyLevel(0, text)]), wire.SovereigntySheet);
        _api.OnJson("PUT /operator/v1/sovereignty/seal/SOV-5", SovereigntyTests.Objectives()[0], wire.SovereigntyObjective);
        _api.OnJson("GET /v1/sovereignty/simulation", new Simulation(["maker"], ["US"], new DateOnly(2026, 11, 24), [stop], [], [], [], [text]), wire.Simulation);
    }

    private void AnswerUsage(WireJson wire)
    {
        var prices = new PriceLists(null, [new PriceList(new DateOnly(2027, 1, 1), "EUR", 0.02m, 0, 0, 0, Then)]);
        var amounts = new UsageAmounts(1, 1, 1, 0, 0, 1, 1, 0, null, 1);
        _api.OnJson("GET /v1/price-list", prices, wire.PriceLists);
        _api.OnJson("GET /operator/v1/price-list", prices, wire.PriceLists);
        _api.OnJson("PUT /operator/v1/price-list", prices, wire.PriceLists);
        _api.OnJson($"GET {Samples.Path}/usage", new UsageReport("demo", "eval", Then, Then, Then, Then, null, amounts, "total", []), wire.UsageReport);
        _api.OnJson($"GET {Demo}/usage", new UsageReport("demo", null, Then, Then, Then, Then, null, amounts, "day", [new UsagePart(null, null, null, null, Then, amounts)]), wire.UsageReport);
        _api.OnJson("GET /operator/v1/usage", new MonthlyUsage(new DateOnly(2026, 11, 1), Then, Then, "EUR", [new OrganizationUsage("demo", 1, 1, 1, 0, 0, 1, 0)]), wire.MonthlyUsage);
    }

    private void AnswerPolicy(WireJson wire)
    {
        var text = new LocalText("Yes.", "Oui.");
        var policy = new SpacePolicy("demo", "eval", "local", "open", new SpaceLabel("other"), "customer:alice", Then, new DateOnly(2026, 11, 24), [new RuleOutcome("health-vm", text, "not-applicable", text, null)]);
        _api.OnJson($"GET {Samples.Path}/policy", policy, wire.SpacePolicy);
        _api.OnJson($"PUT {Samples.Path}/label", policy, wire.SpacePolicy);
        _api.OnJson("GET /v1/policy/rules", Page(new PolicyRule("health-vm", text, text, text, false)), wire.PagePolicyRule);
        var zone = new Zone("local", new ZoneDeclaration("FR"), 100, 100, Then);
        _api.OnJson("GET /v1/zones/local", zone, wire.Zone);
        _api.OnJson("GET /operator/v1/zones/local", zone, wire.Zone);
        _api.OnJson("PUT /operator/v1/zones/local", zone, wire.Zone);
        _api.OnJson("GET /operator/v1/zones", Page(zone), wire.PageZone);
        _api.OnJson("GET /operator/v1/zones/local/capacity", PolicyTests.Capacity, wire.ZoneCapacity);
        _api.OnJson("GET /operator/v1/zones/local/images", Page(PolicyTests.Image), wire.PageZoneImage);
        _api.OnJson($"GET {Demo}/policy/limits", new PolicyLimits(["FR"]), wire.PolicyLimits);
        _api.OnJson($"PUT {Demo}/policy/limits", new PolicyLimits(["FR"]), wire.PolicyLimits);
        Listed($"{Demo}/policy/derogations", "granted", new Derogation("granted", ["r9-qualification"], "eval", "Minister", "1", "https://a.example", new DateOnly(2027, 11, 30), "customer:alice", Then), wire.Derogation, wire.PageDerogation);
    }

    [System.Text.RegularExpressions.GeneratedRegex(@"\b(?:OPERATION|FILE|APPROVER|KEY|SERVER|CA)\b")]
    private static partial System.Text.RegularExpressions.Regex Placeholder();

    private static Page<T> Page<T>(T item) => new([item], null);

    /// <summary>Something of the space's that can be read and put.</summary>
    private void Kept<T>(string path, T value, JsonTypeInfo<T> type)
    {
        _api.OnJson($"GET {Samples.Path}{path}", value, type);
        _api.OnJson($"PUT {Samples.Path}{path}", value, type);
    }

    /// <summary>Something that can be listed, put and removed.</summary>
    private void Listed<T>(string list, string name, T value, JsonTypeInfo<T> type, JsonTypeInfo<Page<T>> pageType)
    {
        _api.OnJson($"GET {list}", Page(value), pageType);
        _api.OnJson($"PUT {list}/{name}", value, type);
        _api.On($"DELETE {list}/{name}", _ => Results.NoContent());
    }
}
