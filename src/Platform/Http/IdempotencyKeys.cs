using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Beffroi.Kernel;
using Microsoft.AspNetCore.Http;
using Npgsql;
using NpgsqlTypes;

namespace Beffroi.Platform.Http;

/// <summary>
/// Answers that are kept with the client's Idempotency-Key, so that a request whose answer was lost can be sent again. Written in the
/// transaction of the change.
/// </summary>
internal static class IdempotencyKeys
{
    /// <summary>The key; null where there is none.</summary>
    public static Result<string?> Read(HttpContext http)
    {
        var values = http.Request.Headers["Idempotency-Key"];
        return values.Count == 0
            ? (string?)null
            : values is [{ Length: >= 1 and <= 255 } key] && key.All(c => c is > ' ' and < '\x7f')
                ? key
                : new Problem(
                    "invalid-header", 400, "A header is not valid", "The Idempotency-Key is not valid.",
                    [new FieldError("Idempotency-Key", "This key is not valid.", "1 to 255 printable ASCII characters without spaces, once")]);
    }

    /// <summary>What tells one request from another.</summary>
    public static byte[] Fingerprint(HttpContext http, byte[] body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in (string[])[
            http.Request.Method, http.Request.Path.Value ?? "", http.Request.Headers.IfMatch.ToString(), http.Request.Headers.IfNoneMatch.ToString()])
        {
            hash.AppendData(Encoding.UTF8.GetBytes(part));
            hash.AppendData([0]);
        }

        hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    /// <summary>
    /// The answer kept under the key, or null; a problem if it was to another request. Others with the same key wait until the transaction ends.
    /// </summary>
    public static async Task<Result<Accepted?>> FindAsync(
        NpgsqlConnection connection, Guid principalId, string key, byte[] fingerprint, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            with turn as materialized (select pg_advisory_xact_lock(hashtextextended($1::text || ' ' || $2, 0)))
            select 1 from turn
            """,
            connection)
        { Parameters = { new() { Value = principalId }, new() { Value = key } } };
        await command.ExecuteNonQueryAsync(cancellationToken);

        await using var find = new NpgsqlCommand(
            "select request_sha256, status, headers::text, body from platform.idempotency_keys where principal_id = $1 and key = $2", connection)
        { Parameters = { new() { Value = principalId }, new() { Value = key } } };
        await using var reader = await find.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return (Accepted?)null;
        }

        return CryptographicOperations.FixedTimeEquals(reader.GetFieldValue<byte[]>(0), fingerprint)
            ? new Accepted(reader.GetInt32(1), reader.GetString(3))
            {
                Headers = JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetString(2))!,
                Replayed = true,
            }
            : new Problem(
                "idempotency-key-reused", 422, "This Idempotency-Key was used for another request",
                "Use a new key for each change; send the same key only with exactly the same request.",
                [new FieldError("Idempotency-Key", "This key belongs to another request.", "a new key")]);
    }

    /// <summary>Keeps an answer.</summary>
    public static async Task KeepAsync(
        NpgsqlConnection connection, Guid principalId, string key, byte[] fingerprint, Accepted answer, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "insert into platform.idempotency_keys (principal_id, key, request_sha256, status, headers, body) values ($1, $2, $3, $4, $5, $6)", connection)
        {
            Parameters =
            {
                new() { Value = principalId }, new() { Value = key }, new() { Value = fingerprint }, new() { Value = answer.Status },
                new() { Value = JsonSerializer.Serialize(answer.Headers), NpgsqlDbType = NpgsqlDbType.Jsonb }, new() { Value = answer.Json },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
