using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http;

/// <summary>
/// What is known of the request being answered, and what was done about it: a feature of its <see cref="HttpContext"/>. Used by one
/// request's thread of work only.
/// </summary>
public sealed class ApiRequest
{
    internal ApiRequest(string origin) => Origin = origin;

    /// <summary>Unique; also in the <c>Request-Id</c> header, in problems and in the ledger.</summary>
    public string Id { get; } = Guid.CreateVersion7().ToString("N");

    /// <summary>The caller's address.</summary>
    public string Origin { get; }

    /// <summary>Who calls; null until known, and on routes for anyone.</summary>
    public Principal? Principal { get; internal set; }

    /// <summary>What a customer's caller may, as read for this request last; null until then, and for the operator's people.</summary>
    public AccessRights? Rights { get; internal set; }

    /// <summary>What the operator's caller may, as read for this request last; null until then, and for customers' callers.</summary>
    internal IReadOnlySet<OperatorPermission>? OperatorRights { get; set; }

    /// <summary>The organization that the path names, once it was found.</summary>
    public Guid? OrganizationId { get; internal set; }

    /// <summary>What is attempted, in the ledger's words.</summary>
    public string? Action { get; set; }

    /// <summary>The second person under the two-person rule whose approval this request uses up, in the actor's form; null if it needs none.</summary>
    internal string? ApprovedBy { get; set; }

    /// <summary>Whether someone decided that the principal may (or may not) do this.</summary>
    internal bool AuthorizationDecided { get; set; }

    /// <summary>Whether the ledger has an entry of this request.</summary>
    internal bool Ledgered { get; set; }

    /// <summary>The refusal to send, if the request is refused.</summary>
    internal Problem? Refusal { get; set; }

    /// <summary>The principal as ledger entries name it.</summary>
    public string Actor => Principal is null ? "anonymous" : (Principal.IsOperator ? "operator:" : "customer:") + Principal.Name;

    /// <summary>
    /// Whose ledger tells of this request: the caller's own organization's; of an operator's request, that of the organization it was about.
    /// </summary>
    internal Guid? LedgerOrganizationId => Principal?.OrganizationId ?? OrganizationId;

    /// <summary>The request that is being answered.</summary>
    public static ApiRequest Of(HttpContext http) =>
        http.Features.Get<ApiRequest>() ?? throw new InvalidOperationException("UseApi() must come before every endpoint.");

    /// <summary>The path, as far as a ledger entry should carry it.</summary>
    internal static string Path(HttpContext http) => (http.Request.Path.Value ?? "/").Shortened(300);
}
