using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;

namespace Beffroi.Cli.Tests;

/// <summary>What the API could say.</summary>
internal static class Samples
{
    public const string Path = "/v1/organizations/demo/spaces/eval";
    public static readonly Guid OperationId = Guid.Parse("0192f0c4-0000-7000-8000-000000000001");
    private static readonly DateTimeOffset Then = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static Resource<PostgresSpec, PostgresStatus> Postgres(string name = "dossiers", bool protection = true, string state = "ready") => new(
        Guid.Parse("0192f0c4-0000-7000-8000-000000000002"), "postgres", "demo", "eval", name, new Dictionary<string, string> { ["team"] = "care" }, 1, "\"7\"", Then, Then, null,
        new PostgresSpec(DeletionProtection: protection, Databases: [new("records", "reporting")], Roles: [new("reporting", MemberOf: ["pg_monitor"])]),
        new PostgresStatus(state, 1, [new Condition("Ready", true, "AllGood", "It accepts connections.", Then)],
            new PostgresEndpoint(name + ".eval.demo", "10.93.0.2", 5432, "app", "app"), ServerVersion: "17.12", VolumeUsedBytes: 100 << 20, VolumeSizeBytes: 10L << 30),
        OperationId);

    public static PostgresCredentials Credentials { get; } = new("dossiers.eval.demo", "10.93.0.2", 5432, "app", "app", "s3cret:\\value", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", PoolerPort: 6432);

    public static PostgresHistory History { get; } = new(
        "dossiers", Then, Then.AddMinutes(5), 60,
        [
            new("n-0192f0c4-0000-7000-8000-000000000003", "primary", Answered: true, [new("cpu", "processors", [0.5f, null, 1, 4, 0], [0, null, 1, 2, 0], [1, null, 1, 5.25f, 0]), new("wal", "bytes-per-second", [0, 0, 0, 0, 1536], [0, 0, 0, 0, 0], [0, 0, 0, 0, 4096])]),
            new("n-0192f0c4-0000-7000-8000-000000000004", null, Answered: false, []),
        ]);

    public static Operation Operation(string state, string verb = "create") => new(
        OperationId, verb, "postgres", "dossiers", Guid.Parse("0192f0c4-0000-7000-8000-000000000002"), state, "Waiting for the agent.",
        [
            new OperationStep("network", "The space has its network", "done", Then, Then.AddSeconds(1)),
            new OperationStep("agent", "The agent has enrolled", state == "running" ? "running" : "done", Then.AddSeconds(1), state == "running" ? null : Then.AddSeconds(3)),
        ],
        Then,
        state == "running" ? null : Then.AddSeconds(3));
}
