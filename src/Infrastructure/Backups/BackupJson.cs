using System.Text.Json.Serialization;

namespace Beffroi.Infrastructure.Backups;

/// <summary>JSON of what the host keeps of backup locks.</summary>
[JsonSerializable(typeof(Dictionary<Guid, int>))]
internal sealed partial class BackupJson : JsonSerializerContext;
