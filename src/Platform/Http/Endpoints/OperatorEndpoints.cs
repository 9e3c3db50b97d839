using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>The operator's own accounts, on the operator's interface.</summary>
internal static class OperatorEndpoints
{
    private const string Path = "/operator/v1/operators";
    private const string Tag = "Operators";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, List).Describe("listOperators", Tag, "List the operator's accounts", "In order of name, with their roles.", 400, 403).Produces<Page<OperatorAccount>>();
        routes.MapPut(Path + "/{operator}", Put)
            .Describe("putOperator", Tag, "Invite or change an account", "None of the roles holds a permission on anything of a customer's. A service account is a program's: it has tokens and no password, and is reviewed every quarter. An invitation for an active account resets its password and second factor.", 400, 403, 404, 409, 413, 415, 422, 503)
            .Record("operator.put").ChangesAccess()
            .Accepts<PutOperatorAccount>("application/json")
            .Produces<OperatorAccount>(200)
            .Produces<OperatorAccount>(201)
            .WithExample(0, $$"""{ "roles": ["support"], "invitationSha256": "{{new string('0', 64)}}" }""");
        routes.MapDelete(Path + "/{operator}", Delete)
            .Describe("deleteOperator", Tag, "Remove an account", "Its tokens end at once. The last platform administrator can't be removed.", 400, 403, 404, 409, 503)
            .Record("operator.delete").ChangesAccess()
            .Produces<OperatorAccount>();
    }

    private static Task<IResult> List(HttpContext http, Reads reads) =>
        reads.OperatorAsync(http, OperatorPermission.OperatorRead, async connection =>
            Query.Check(http, "limit", "pageToken") is { } bad ? bad
            : (Result<IResult>)Answer.Json(new Page<OperatorAccount>(await Operators.ListAsync(connection, http.RequestAborted), null), WireJson.Default.PageOperatorAccount));

    private static Task<IResult> Put(string @operator, HttpContext http, Changes changes, Scopes scopes) =>
        changes.RunAsync<OperatorPrincipal, PutOperatorAccount>(
            http,
            "operator.put",
            WireJson.Default.PutOperatorAccount,
            (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.OperatorManage, token),
            async (connection, _, content, token) =>
            {
                FieldError?[] errors =
                [
                    ResourceName.Check("operator", @operator),
                    content.Roles is null || content.Roles.Except(OperatorRoles.Names).Any()
                        ? new FieldError("roles", "There is a role that isn't one of the operator's.", string.Join(", ", OperatorRoles.Names))
                        : null,
                    content.Kind is null or Accounts.User or Accounts.ServiceAccount ? null
                        : new FieldError("kind", "There is no such kind of account.", $"{Accounts.User}, {Accounts.ServiceAccount}"),
                ];
                if (errors.OfType<FieldError>().ToList() is { Count: > 0 } wrong)
                {
                    return Problem.Invalid(wrong);
                }

                var isNew = await Operators.PutAsync(connection, @operator, content, token);
                var account = (await Operators.FindAsync(connection, @operator, token))!;
                if (content.Kind is { } kind && kind != account.Kind)
                {
                    return Problem.Invalid(new FieldError("kind", "An account stays what it was made as: remove it and make another.", account.Kind));
                }

                var reset = content.InvitationSha256 is not null && account.State != "invited";
                if (reset && account.Kind == Accounts.ServiceAccount)
                {
                    return Problem.Invalid(new FieldError("invitationSha256", "A service account has no password to reset: remove it, and invite it anew.", "null"));
                }

                if (reset)
                {
                    await FactorTable.RemoveAsync(connection, Side.Operator, account.Id, token);
                }

                if ((isNew || content.InvitationSha256 is not null)
                    && await Tokens.InviteAsync(connection, Side.Operator, account.Id, content.InvitationSha256, token) is { } refused)
                {
                    return refused;
                }

                return await Operators.MissingAdministratorAsync(connection, token) is { } last
                    ? last
                    : (Result<Accepted>?)(MemberEndpoints.Put(isNew, account, WireJson.Default.OperatorAccount, account.Id) with { Note = $"{(reset ? Words("reset; ") : null)}{Join(", ", account.Roles.Select(Name))}" });
            });

    private static Task<IResult> Delete(string @operator, HttpContext http, Changes changes, Scopes scopes)
    {
        ApiRequest.Of(http).Action = "operator.delete";
        return changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.OperatorManage, token),
            async (connection, _, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                if (!ResourceName.IsValid(@operator) || await Operators.FindAsync(connection, @operator, token) is not { } found)
                {
                    return Problems.NotFound;
                }

                await Operators.RemoveAsync(connection, found.Id, token);
                return await Operators.MissingAdministratorAsync(connection, token) is { } last
                    ? last
                    : (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(found, WireJson.Default.OperatorAccount)) { ResourceId = found.Id };
            },
            http.RequestAborted);
    }
}
