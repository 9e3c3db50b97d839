using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Platform.Resources;
using Beffroi.Services.Postgres.Reconcile;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>
/// What a database is to the repository under one generation of its key: pgBackRest's passphrase belongs to a stanza from its first file on, so that
/// another key is another stanza (decision 27).
/// </summary>
/// <param name="Id">Its name there. The first one's is the database's own id.</param>
/// <param name="KeyGeneration">The generation of the database's key that its passphrase comes from.</param>
/// <param name="Stage">How far it is.</param>
/// <param name="EndedAt">When WAL last went to it (UTC); null while it does.</param>
internal sealed record BackupStanza(Guid Id, int KeyGeneration, StanzaStage Stage, DateTimeOffset? EndedAt = null)
{
    /// <summary>Its name in the repository.</summary>
    [JsonIgnore]
    public string Name => Id.ToString("N");

    /// <summary>The one that a database begins with.</summary>
    public static BackupStanza First(Guid database) => new(database, 1, StanzaStage.BackedUp);

    /// <summary>All that a database has, oldest first; never empty.</summary>
    public static IReadOnlyList<BackupStanza> Of(ResourceRow database) => Of(database.Id, PostgresContext.NotesOf(database));

    /// <inheritdoc cref="Of(ResourceRow)"/>
    public static IReadOnlyList<BackupStanza> Of(Guid database, PostgresInternal notes) => notes.Stanzas is { Count: > 0 } noted ? noted : [First(database)];
}

/// <summary>How far a stanza is. It goes from one to the next, and never back.</summary>
[JsonConverter(typeof(StanzaStageJson))]
internal enum StanzaStage
{
    /// <summary>The repository is to let the nodes in.</summary>
    Announced,

    /// <summary>The nodes are to archive to it, beside those before it.</summary>
    Archived,

    /// <summary>Every node does, and the repository is to make backups in it.</summary>
    BackedUp,

    /// <summary>A newer one has a full backup: it takes nothing more, and is kept for as long as a restore may need it.</summary>
    Ended,
}

/// <summary>Stages as they are stored: <c>backed-up</c>.</summary>
internal sealed class StanzaStageJson() : JsonStringEnumConverter<StanzaStage>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);
