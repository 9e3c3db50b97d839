using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Beffroi.Kernel;

namespace Beffroi.Platform.Http;

/// <summary>
/// Compares a JSON document with the type it is to become and takes out what doesn't fit, naming each: the serializer by itself stops at
/// the first fault.
/// </summary>
internal static class JsonShape
{
    private const int MostErrors = 50;

    public static void Clean(JsonObject node, JsonTypeInfo type, string path, List<FieldError> errors)
    {
        foreach (var name in node.Select(member => member.Key).ToList())
        {
            if (errors.Count >= MostErrors)
            {
                node.Remove(name);
                continue;
            }

            var here = path + Shown(name);
            var property = type.Kind == JsonTypeInfoKind.Dictionary ? null : type.Properties.FirstOrDefault(p => p.Name == name);
            var error = type.Kind == JsonTypeInfoKind.Dictionary
                ? Misfit(node[name], type.Options.GetTypeInfo(type.ElementType!), nullable: false, here, errors)
                : property is null
                    ? new FieldError(here, "This field is unknown.", string.Join(", ", type.Properties.Select(p => path + p.Name)))
                    : Misfit(
                        node[name], type.Options.GetTypeInfo(property.PropertyType), property.AssociatedParameter?.IsNullable ?? property.IsSetNullable, here, errors);
            if (error is not null)
            {
                errors.Add(error);
                node.Remove(name);
            }
        }
    }

    private static FieldError? Misfit(JsonNode? value, JsonTypeInfo type, bool nullable, string path, List<FieldError> errors)
    {
        if (value is null)
        {
            return nullable ? null : new FieldError(path, "This field can't be null.", Expected(type));
        }

        if (type.Kind is JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary)
        {
            if (value is not JsonObject child)
            {
                return new FieldError(path, "This field is of the wrong type.", Expected(type));
            }

            Clean(child, type, path + ".", errors);
            return null;
        }

        try
        {
            _ = value.Deserialize(type);
            return null;
        }
        catch (JsonException)
        {
            return new FieldError(path, "This field is of the wrong type.", Expected(type));
        }
    }

    private static string Expected(JsonTypeInfo type) =>
        type.Kind is JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary ? "an object"
        : type.Kind is JsonTypeInfoKind.Enumerable ? "an array"
        : type.Type == typeof(string) ? "a string"
        : type.Type == typeof(bool) ? "true or false"
        : "a number";

    private static string Shown(string name)
    {
        var text = name.Length > 64 ? name[..64] + "…" : name;
        return text.Any(char.IsControl) ? "(a name with control characters)" : text;
    }
}
