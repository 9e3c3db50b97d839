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
/// <param name="KeyGeneration">The generation of its key that its volume is under.</param>
/// <param name="RekeyTo">The one that its volume is on the way to, while it rests; null for none.</param>
/// <param name="KeyRotations">How many rotations of its key have been taken up.</param>
internal sealed record RepositoryNotes(
    Guid? InstanceId = null, int? HostNumber = null, int TokenGeneration = 0, bool TokenForgotten = false, IReadOnlyDictionary<string, StanzaNotes>? Stanzas = null, long Version = 0,
    int Repairs = 0, long SealEpoch = 0, int KeyGeneration = 1, int? RekeyTo = null, int KeyRotations = 0)
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
/// <param name="Fulls">How many full backups are kept at least; 0 where it was not noted yet.</param>
/// <param name="Waiting">The shorter retention that was asked for and does not count yet.</param>
internal sealed record StanzaNotes(
    string Wanted, string Told, IReadOnlyList<Guid> Readers, int LockDays, int LongerDays = 0, DateTimeOffset? LongerUntil = null, int Fulls = 0, ShorterRetention? Waiting = null)
{
    /// <summary>
    /// A longer retention counts at once, a shorter one after <paramref name="delay"/>, for what is finished from then on: what was locked stays so, and
    /// is expired only when it is free. Asking for one still shorter begins the delay anew.
    /// </summary>
    public StanzaNotes Retain(int days, int fulls, TimeSpan delay, DateTimeOffset now)
    {
        var (nowDays, nowFulls) = (LockDays, Fulls > 0 ? Fulls : fulls);
        if (days >= nowDays && fulls >= nowFulls)
        {
            return this with { LockDays = days, Fulls = fulls, Waiting = null };
        }

        var from = Waiting is { } asked && days >= asked.Days && fulls >= asked.Fulls ? asked.From : now + delay;
        if (now < from)
        {
            return this with { LockDays = Math.Max(days, nowDays), Fulls = Math.Max(fulls, nowFulls), Waiting = new(days, fulls, from) };
        }

        var shorter = this with { LockDays = days, Fulls = fulls, Waiting = null };
        return days >= nowDays ? shorter : shorter with
        {
            LongerDays = Math.Max(nowDays, LongerUntil > now ? LongerDays : 0),
            LongerUntil = now.AddDays(nowDays) is var until && LongerUntil > until ? LongerUntil : until,
        };
    }

    /// <summary>Whether this is what a database asks for now.</summary>
    public bool Follows(Contracts.Postgres.PostgresBackupSpec spec)
    {
        var (days, fulls) = Waiting is { } asked ? (asked.Days, asked.Fulls) : (LockDays, Fulls);
        return (days, fulls) == (BackupKind.LockDays(spec), spec.RetentionFulls);
    }

    /// <summary>How many days a full backup must be past for anything before it to be free.</summary>
    public int FreeAfterDays(DateTimeOffset now) => (LongerUntil is { } until && now < until ? Math.Max(LockDays, LongerDays) : LockDays) + 1;
}

/// <summary>A retention that counts from a moment on.</summary>
/// <param name="Days">How long what is finished then is locked.</param>
/// <param name="Fulls">How many full backups are kept at least.</param>
/// <param name="From">When it counts (UTC).</param>
internal sealed record ShorterRetention(int Days, int Fulls, DateTimeOffset From);

/// <summary>JSON of backup's own records in the store.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RepositoryNotes))]
[JsonSerializable(typeof(Contracts.Postgres.BackupRepositorySpec))]
[JsonSerializable(typeof(Contracts.Postgres.BackupRepositoryStatus))]
[JsonSerializable(typeof(Contracts.Postgres.PostgresDrill))]
internal sealed partial class BackupStoreJson : JsonSerializerContext;
