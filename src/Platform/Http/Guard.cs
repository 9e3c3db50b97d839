using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http;

/// <summary>
/// In test builds, makes it impossible to forget: an answer of success without anyone having decided that it is allowed, or to a change
/// that the ledger does not tell of, becomes an exception before its first byte is sent.
/// </summary>
internal static class Guard
{
    public static void Check(HttpContext http, ApiRequest request)
    {
        if (http.Response.StatusCode is < 200 or > 299)
        {
            return;
        }

        if (!request.AuthorizationDecided && http.GetEndpoint()?.Metadata.GetMetadata<ForAnyone>() is null)
        {
            throw new InvalidOperationException($"{http.Request.Method} {http.GetEndpoint()?.DisplayName} answered without an authorization decision.");
        }

        var recorded = http.GetEndpoint()?.Metadata.GetMetadata<Recorded>() is not null
            || HttpMethods.IsPut(http.Request.Method) || HttpMethods.IsPost(http.Request.Method)
            || HttpMethods.IsPatch(http.Request.Method) || HttpMethods.IsDelete(http.Request.Method);
        if (recorded && !request.Ledgered && http.GetEndpoint()?.Metadata.GetMetadata<RecordsItself>() is null)
        {
            throw new InvalidOperationException($"{http.Request.Method} {http.GetEndpoint()?.DisplayName} was accepted without an entry in the ledger.");
        }
    }
}
