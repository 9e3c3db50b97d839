using System.Text.Json;
using System.Text.Json.Serialization;

namespace Beffroi.Services.Postgres;

/// <summary>JSON of this service's own records in the store.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PostgresInternal))]
internal sealed partial class PostgresJson : JsonSerializerContext;
