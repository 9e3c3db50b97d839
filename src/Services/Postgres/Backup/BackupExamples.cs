namespace Beffroi.Services.Postgres.Backup;

/// <summary>Examples for the OpenAPI document.</summary>
internal static class BackupExamples
{
    public const string Create = """{ "type": "full", "label": "before-migration" }""";

    public const string Request =
        """{ "id": "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f82", "type": "full", "label": "before-migration", "requestedAt": "2026-11-23T08:00:00+00:00" }""";

    public const string Restore = """{ "to": "dossiers-at-8", "at": "2026-11-23T08:00:00Z" }""";

    public const string Backups =
        """
        {
          "window": {
            "earliest": "2026-11-16T02:00:09+00:00", "latest": "2026-11-23T08:00:31+00:00", "lastBackup": "20261116-020000F_20261123-020000I",
            "lastBackupAt": "2026-11-23T02:00:05+00:00", "lastArchivedAt": "2026-11-23T08:01:02+00:00"
          },
          "pending": [],
          "items": [{
            "name": "20261116-020000F", "type": "full", "startedAt": "2026-11-16T02:00:00+00:00", "finishedAt": "2026-11-16T02:00:09+00:00", "stopLsn": "0/3000060",
            "sizeBytes": 23422006, "addedBytes": 2812488, "damaged": false
          }]
        }
        """;

    public const string Drills =
        """
        [{
          "id": "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f83", "backup": "20261116-020000F", "startedAt": "2026-11-23T03:00:00+00:00", "finishedAt": "2026-11-23T03:00:20+00:00",
          "passed": true, "finding": "Restored, recovered to the end of the archive, every table and index checked.", "rtoSeconds": 4.2, "rpoSeconds": 31.5, "databases": 2, "tables": 12,
          "rows": 100210, "contentSha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        }]
        """;

    public const string Repository =
        """
        {
          "id": "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f84", "kind": "backup-repository", "organization": "demo", "space": "eval", "name": "backups", "labels": {}, "generation": 1,
          "etag": "0193588ea7e27c3b9d560b1c5a6e7f84-7", "createdAt": "2026-11-16T01:00:00+00:00", "updatedAt": "2026-11-16T01:00:00+00:00", "spec": { "repairs": 0, "keyRotations": 0 },
          "status": {
            "state": "ready", "observedGeneration": 1,
            "conditions": [{ "type": "Locked", "holds": true, "reason": "Done", "message": "What is finished can't be changed.", "since": "2026-11-16T01:00:20+00:00" }],
            "address": "10.93.0.3", "lockedFiles": 120, "lockedUntil": "2026-12-15T08:00:00+00:00"
          }
        }
        """;
}
