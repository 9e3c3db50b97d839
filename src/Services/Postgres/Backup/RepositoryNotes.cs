using System.Text.Json.Serialization;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>What the reconciler notes of a repository.</summary>
/// <param name="InstanceId">Its instance; null before it was allotted.</param>
/// <param name="HostNumber">Its address in the space's subnet.</param>
/// <param name="TokenGeneration">How many times its agent was given a further enrolment token.</param>
/// <param name="TokenForgotten">Whether the host no longer has the present token.</param>
/// <param name="Stanzas">By database: what it was configured with, and what was last told of it.</param>
/// <param name="Version">Of the desired configuration that holds <paramref name="Stanzas"/>.</param>
/// <param name="Repairs">How many repairs have been done.</param>
/// <param name="SealEpoch">The newest sealing of its organization that was carried out here.</param>
internal sealed record RepositoryNotes(
    Guid? InstanceId = null, int? HostNumber = null, int TokenGeneration = 0, bool TokenForgotten = false, IReadOnlyDictionary<string, StanzaNotes>? Stanzas = null, long Version = 0,
    int Repairs = 0, long SealEpoch = 0)
{
    /// <summary>What is noted of a stanza; null if it isn't in the configuration.</summary>
    public StanzaNotes? Of(string stanza) => Stanzas?.GetValueOrDefault(stanza);
}

/// <summary>What is noted of one database.</summary>
/// <param name="Wanted">Hash of what the database asks of the repository; it signals when that differs.</param>
/// <param name="Told">Hash of what the database was last woken for.</param>
/// <param name="Readers">Instances that may read it.</param>
/// <param name="LockDays">How long what is finished now is locked.</param>
/// <param name="LongerDays">A longer lock that was wanted before; what it locked is not yet free.</param>
/// <param name="LongerUntil">When the last of that is (UTC).</param>
internal sealed record StanzaNotes(
    string Wanted, string Told, IReadOnlyList<Guid> Readers, int LockDays, int LongerDays = 0, DateTimeOffset? LongerUntil = null)
{
    /// <summary>How many days a full backup must be past for anything before it to be free.</summary>
    public int FreeAfterDays(DateTimeOffset now) => (LongerUntil is { } until && now < until ? Math.Max(LockDays, LongerDays) : LockDays) + 1;
}

/// <summary>JSON of backup's own records in the store.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RepositoryNotes))]
[JsonSerializable(typeof(Contracts.Postgres.BackupRepositorySpec))]
[JsonSerializable(typeof(Contracts.Postgres.BackupRepositoryStatus))]
[JsonSerializable(typeof(Contracts.Postgres.PostgresDrill))]
internal sealed partial class BackupStoreJson : JsonSerializerContext;
