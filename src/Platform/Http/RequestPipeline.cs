using System.Diagnostics;
using Beffroi.Kernel;
using Beffroi.Platform.Ledger;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Http;

/// <summary>
/// The outermost part of every request: gives it an id, sets the headers that all answers carry, turns refusals and failures into problem
/// documents, and sees to it that a refused or failed change is in the ledger before its answer is sent.
/// </summary>
internal sealed partial class RequestPipeline(
    RequestDelegate next, NpgsqlDataSource store, ILedger ledger, CallerAddress caller, ApiOptions options, ILogger<RequestPipeline> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task InvokeAsync(HttpContext http)
    {
        caller.Read(http);
        var request = new ApiRequest(http.Connection.RemoteIpAddress?.ToString() ?? "unknown");
        http.Features.Set(request);
        SetHeaders(http, request);
        if (options.Guarded)
        {
            http.Response.OnStarting(() =>
            {
                Guard.Check(http, request);
                return Task.CompletedTask;
            });
        }

        var started = Stopwatch.GetTimestamp();
        try
        {
            if (Listener.Serves(Listener.Of(http), http.Request.Path))
            {
                await next(http);
            }
            else
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
            }

            // An answer without a body starts only when all of this is over, where a failure would be told and recorded by nobody.
            if (options.Guarded && !http.Response.HasStarted)
            {
                Guard.Check(http, request);
            }

            if (!http.Response.HasStarted && http.Response.StatusCode >= 400)
            {
                var problem = request.Refusal ?? Problems.Of(http.Response.StatusCode);
                await RecordAsync(http, request, "refused", problem.Reason, CancellationToken.None);
                await Problems.WriteAsync(http, problem, request.Id);
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone: there is nobody to answer.
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            var problem = Problems.Of(bad.StatusCode);
            await TryRecordAsync(http, request, "refused", problem.Reason);
            await Problems.WriteAsync(http, problem, request.Id);
        }
        catch (Exception failure) when (!http.Response.HasStarted)
        {
            Failed(logger, request.Id, http.Request.Method, failure);
            http.Response.Clear();
            SetHeaders(http, request);
            var problem = Problems.Of(StatusCodes.Status500InternalServerError);
            await TryRecordAsync(http, request, "failed", problem.Reason);
            await Problems.WriteAsync(http, problem, request.Id);
        }
        finally
        {
            // The route's pattern, not the path: what callers make up stays out of the log.
            var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
            Answered(logger, request.Id, http.Request.Method, route, http.Response.StatusCode, Stopwatch.GetElapsedTime(started).TotalMilliseconds, request.Actor);
        }
    }

    private static void SetHeaders(HttpContext http, ApiRequest request)
    {
        var headers = http.Response.Headers;
        headers["Request-Id"] = request.Id;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers.StrictTransportSecurity = "max-age=31536000";
        headers.ContentSecurityPolicy = http.Request.Path.StartsWithSegments("/docs", StringComparison.Ordinal)
            ? "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            : "default-src 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
    }

    private static bool IsChange(string method) => !(HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method));

    /// <summary>
    /// Records the refusal or failure of a change, or of a reading that is recorded. Failed sign-ins are counted instead (<see cref="FailedSignIns"/>):
    /// nobody without a token can make the ledger grow at will.
    /// </summary>
    private async Task RecordAsync(HttpContext http, ApiRequest request, string outcome, LedgerReason reason, CancellationToken cancellationToken)
    {
        var recorded = http.GetEndpoint()?.Metadata.GetMetadata<Recorded>();
        if (request.Ledgered || request.Principal is null || (recorded is null && !IsChange(http.Request.Method)))
        {
            return;
        }

        // Whatever the caller does: who hangs up is recorded all the same.
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var entry = new LedgerEntry(
            request.Actor, request.Action ?? recorded?.Action ?? "request." + http.Request.Method.ToLowerInvariant(), outcome,
            request.LedgerOrganizationId, ApiRequest.Path(http), Reason: reason, RequestId: request.Id, Origin: request.Origin);
        await ledger.AppendAsync(connection, entry, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        request.Ledgered = true;
    }

    /// <summary>The same where something failed: it may have been the store, and then there is no entry.</summary>
    private async Task TryRecordAsync(HttpContext http, ApiRequest request, string outcome, LedgerReason reason)
    {
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            await RecordAsync(http, request, outcome, reason, patience.Token);
        }
        catch (Exception failure)
        {
            NotRecorded(logger, request.Id, failure);
        }
    }

    [LoggerMessage(LogLevel.Information, "Request {RequestId}: {Method} {Route} answered {Status} in {Milliseconds} ms to {Actor}.")]
    private static partial void Answered(ILogger logger, string requestId, string method, string? route, int status, double milliseconds, string actor);

    [LoggerMessage(LogLevel.Error, "Request {RequestId} ({Method}) failed.")]
    private static partial void Failed(ILogger logger, string requestId, string method, Exception failure);

    [LoggerMessage(LogLevel.Error, "That request {RequestId} failed could not be written to the ledger.")]
    private static partial void NotRecorded(ILogger logger, string requestId, Exception failure);
}
