namespace Beffroi.Services.Postgres;

/// <summary>Examples for the OpenAPI document.</summary>
internal static class PostgresExamples
{
    public const string Put =
        """{ "spec": { "version": "17", "size": "s1", "storage": "10GiB", "deletionProtection": true, "availability": "single", "pooler": { "mode": "transaction", "maxClients": 1000 } }, "labels": { "team": "archive" } }""";

    public const string Resource =
        """
        {
          "id": "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80", "kind": "postgres", "organization": "demo", "space": "eval", "name": "dossiers",
          "labels": { "team": "archive" }, "generation": 1, "etag": "0193588ea7e27c3b9d560b1c5a6e7f80-7",
          "createdAt": "2026-11-23T08:00:00+00:00", "updatedAt": "2026-11-23T08:00:00+00:00",
          "spec": { "version": "17", "size": "s1", "storage": "10GiB", "deletionProtection": true, "availability": "single" },
          "status": {
            "state": "ready", "observedGeneration": 1,
            "conditions": [{ "type": "Ready", "holds": true, "reason": "Answers", "message": "It answers over TLS.", "since": "2026-11-23T08:00:05+00:00" }],
            "endpoint": { "host": "dossiers.eval.demo.beffroi.internal", "address": "10.93.0.2", "port": 5432, "database": "app", "role": "app" },
            "serverVersion": "17.12", "role": "primary"
          },
          "operation": "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f81"
        }
        """;

    public const string Operation =
        """
        {
          "id": "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f81", "verb": "delete", "resourceKind": "postgres", "resourceName": "dossiers",
          "resourceId": "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80", "state": "running", "message": "Waiting for a reconciler to take it up.",
          "steps": [], "createdAt": "2026-11-23T08:00:00+00:00"
        }
        """;

    public const string History =
        """
        {
          "name": "dossiers", "from": "2026-11-27T08:00:00+00:00", "to": "2026-11-27T08:15:00+00:00", "stepSeconds": 300,
          "nodes": [{
            "name": "n-0193588e-a7e2-7c3b-9d56-0b1c5a6e7f82", "role": "primary", "answered": true,
            "series": [{ "metric": "connections-active", "unit": "count", "average": [3.5, null, 12], "minimum": [1, null, 9], "maximum": [7, null, 18] }]
          }]
        }
        """;

    public const string Parameters =
        """
        {
          "items": [{
            "name": "work_mem", "type": "integer", "unit": "kB", "min": "64kB", "max": "128MB", "needsRestart": false,
            "description": "Memory of one sort or hash before it goes to the volume; one statement can use it several times."
          }]
        }
        """;

    public const string Credentials =
        """
        {
          "host": "dossiers.eval.demo.beffroi.internal", "address": "10.93.0.2", "port": 5432, "database": "app", "role": "app",
          "password": "(the password)", "caCertificate": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n"
        }
        """;
}
