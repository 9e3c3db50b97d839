using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Kernel;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Sovereignty;

/// <summary>The levels that the operator gave itself, in the store. Each method works in the caller's transaction.</summary>
internal static class StatedLevels
{
    private const int Longest = 2000;

    /// <summary>What is wrong with one, all of it.</summary>
    public static IReadOnlyList<FieldError> Check(PutStatedLevel wanted)
    {
        FieldError?[] errors =
        [
            wanted.Level is >= 0 and <= 4 ? null : new FieldError("level", "There is no such level.", "0 to 4"),
            wanted.Why is null ? new FieldError("why", "This text is missing.", "an object with en and fr") : Text("why.en", wanted.Why.En) ?? Text("why.fr", wanted.Why.Fr),
        ];
        return [.. errors.OfType<FieldError>()];
    }

    /// <summary>What was stated last of each objective of a zone, by its id.</summary>
    public static async Task<IReadOnlyDictionary<string, StatedLevel>> ListAsync(NpgsqlConnection connection, string zone, CancellationToken cancellationToken) =>
        (await connection.Statement("select distinct on (objective) objective, level, content, stated_by, stated_at from platform.stated_levels where zone = $1 order by objective, id desc", zone)
            .ListAsync(
                r => (
                    Objective: r.GetString(0),
                    Stated: new StatedLevel(r.GetInt32(1), JsonSerializer.Deserialize(r.GetString(2), WireJson.Default.PutStatedLevel)!.Why, r.GetString(3), r.GetFieldValue<DateTimeOffset>(4))),
                cancellationToken))
        .ToDictionary(s => s.Objective, s => s.Stated, StringComparer.Ordinal);

    /// <summary>Keeps one in the place of the one before, which stays as what was.</summary>
    public static Task KeepAsync(NpgsqlConnection connection, string zone, string objective, int level, string content, string by, CancellationToken cancellationToken) =>
        connection.Statement("insert into platform.stated_levels (zone, objective, level, content, stated_by) values ($1, $2, $3, $4, $5)", zone, objective, level, content, by).RunAsync(cancellationToken);

    private static FieldError? Text(string field, string? text) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= Longest && !text.Any(char.IsControl) ? null : new FieldError(field, "This text is not possible.", $"1 to {Longest} characters on one line");
}
