using System.Globalization;
using System.Text.Json.Nodes;
using Beffroi.Kernel;
using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Beffroi.Platform.Http;

/// <summary>Completes the OpenAPI document with what routes say of themselves (<see cref="Documentation"/>).</summary>
internal static class OpenApiDocument
{
    private const string Bearer = "bearer";

    public static void Configure(OpenApiOptions options, Side side)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = description =>
            description.RelativePath?.StartsWith("operator/", StringComparison.OrdinalIgnoreCase) == true == (side == Side.Operator);
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = side == Side.Operator ? "Beffroi: the operator's interface" : "Beffroi",
                Version = "1",
                Description = "A sovereign cloud that its customers can verify. A change is a PUT or DELETE of desired state; it answers at once "
                    + "with an operation, and the resource's status shows what has been brought about. Errors are problem documents (RFC 9457).",
                License = new OpenApiLicense { Name = "EUPL-1.2", Identifier = "EUPL-1.2" },
            };
            document.Servers = [new OpenApiServer { Url = "/" }];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = Bearer,
                Description = "A token (RFC 6750). It is kept only as its SHA-256.",
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            Complete(operation, metadata);
            if (!metadata.OfType<ForAnyone>().Any())
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
            }

            return Task.CompletedTask;
        });
    }

    private static void Complete(OpenApiOperation operation, IList<object> metadata)
    {
        operation.Parameters ??= [];
        foreach (var path in operation.Parameters.OfType<OpenApiParameter>().Where(p => p.In == ParameterLocation.Path))
        {
            (path.Description, path.Example) = path.Name switch
            {
                "organization" => ("The organization's name.", JsonValue.Create("demo")),
                "space" => ("The space's name.", JsonValue.Create("eval")),
                "member" => ("The user's name.", JsonValue.Create("alice")),
                "serviceAccount" => ("The service account's name.", JsonValue.Create("backup-check")),
                "group" => ("The group's name.", JsonValue.Create("dba")),
                "role" => ("The role's name.", JsonValue.Create("developer")),
                "token" => ("The token's name.", JsonValue.Create("laptop")),
                "operator" => ("The name of the operator's account.", JsonValue.Create("bob")),
                "entry" => ("The entry's id.", JsonValue.Create("supplier:debian")),
                "name" => ("The resource's name: " + ResourceName.Rule + ".", JsonValue.Create("dossiers")),
                "digest" => ("SHA-256 of the image, 64 lower-case hexadecimal digits.", JsonValue.Create(new string('0', 64))),
                _ => ("The id.", JsonValue.Create("0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80")),
            };
        }

        foreach (var parameter in metadata.OfType<DocumentedParameter>())
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = parameter.Name,
                In = parameter.InQuery ? ParameterLocation.Query : ParameterLocation.Header,
                Description = parameter.Description,
                Schema = parameter.Number
                    ? new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = parameter.Name == "limit" ? "1" : "0", Maximum = parameter.Name == "limit" ? "200" : null }
                    : new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }

        foreach (var header in metadata.OfType<DocumentedResponseHeader>())
        {
            foreach (var status in header.Statuses)
            {
                if (operation.Responses?.GetValueOrDefault(Key(status)) is OpenApiResponse response)
                {
                    response.Headers ??= new Dictionary<string, IOpenApiHeader>();
                    response.Headers[header.Name] = new OpenApiHeader
                    {
                        Description = header.Description,
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                    };
                }
            }
        }

        AddExamples(operation, metadata);
    }

    private static void AddExamples(OpenApiOperation operation, IList<object> metadata)
    {
        foreach (var example in metadata.OfType<DocumentedExample>())
        {
            var content = example.Status == 0 ? operation.RequestBody?.Content : operation.Responses?.GetValueOrDefault(Key(example.Status))?.Content;
            foreach (var media in content?.Values.OfType<OpenApiMediaType>() ?? [])
            {
                media.Example = JsonNode.Parse(example.Json);
            }
        }

        foreach (var (status, response) in operation.Responses ?? [])
        {
            response.Description = response.Description is { Length: > 0 } said ? said : "Success";
            if (int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code >= 400
                && response.Content is { } content && content.TryGetValue(Problems.ContentType, out var media) && media is OpenApiMediaType problem)
            {
                problem.Example ??= JsonNode.Parse(ProblemExamples.For(code));
            }
        }
    }

    private static string Key(int status) => status.ToString(CultureInfo.InvariantCulture);
}
