using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Beffroi.Infrastructure.Hosting;

/// <summary>Serves the port on beffroi-host: typed requests, checked, one at a time each; failures as <see cref="HostProblem"/>.</summary>
internal sealed partial class HostEndpoints(IInfrastructure infrastructure, RequestRules rules, ILogger<HostEndpoints> logger)
{
    /// <summary>Adds an endpoint for each verb.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var json = HostJson.Default;
        Map(routes, Verbs.EnsureNetwork, json.EnsureNetwork, rules.Check, json.NetworkState, infrastructure.EnsureNetworkAsync);
        Map(routes, Verbs.RemoveNetwork, json.RemoveNetwork, rules.Check, infrastructure.RemoveNetworkAsync);
        Map(routes, Verbs.EnsurePolicy, json.EnsurePolicy, rules.Check, infrastructure.EnsurePolicyAsync);
        Map(routes, Verbs.InspectIsolation, json.Done, _ => null, json.IsolationFacts, (_, cancellationToken) => infrastructure.InspectIsolationAsync(cancellationToken));
        Map(routes, Verbs.EnsureVolume, json.EnsureVolume, RequestRules.Check, json.VolumeState, EnsureVolumeAsync);
        Map(routes, Verbs.RekeyVolume, json.RekeyVolume, RequestRules.Check, json.RekeyState, RekeyVolumeAsync);
        Map(routes, Verbs.LockVolume, json.VolumeRequest, RequestRules.Check, LockVolumeAsync);
        Map(routes, Verbs.RemoveVolume, json.VolumeRequest, RequestRules.Check, infrastructure.RemoveVolumeAsync);
        Map(routes, Verbs.EnsureInstance, json.EnsureInstance, rules.Check, json.InstanceState, infrastructure.EnsureInstanceAsync);
        Map(routes, Verbs.SetToken, json.SetToken, RequestRules.Check, infrastructure.SetTokenAsync);
        Map(routes, Verbs.StopInstance, json.InstanceRequest, RequestRules.Check, infrastructure.StopInstanceAsync);
        Map(routes, Verbs.RemoveInstance, json.InstanceRequest, RequestRules.Check, infrastructure.RemoveInstanceAsync);
        Map(routes, Verbs.GetHost, json.Done, _ => null, json.HostState, (_, cancellationToken) => infrastructure.GetHostAsync(cancellationToken));
        Map(routes, Verbs.EnsureBackupLocks, json.EnsureBackupLocks, RequestRules.Check, json.BackupLockState, infrastructure.EnsureBackupLocksAsync);
        Map(routes, Verbs.RepairBackups, json.VolumeRequest, RequestRules.Check, json.BackupLockState, infrastructure.RepairBackupsAsync);
        Map(routes, Verbs.GetInventory, json.Done, _ => null, json.Inventory, (_, cancellationToken) => infrastructure.GetInventoryAsync(cancellationToken));
    }

    private async Task<VolumeState> EnsureVolumeAsync(EnsureVolume request, CancellationToken cancellationToken)
    {
        using (request.Key)
        {
            return await infrastructure.EnsureVolumeAsync(request, cancellationToken);
        }
    }

    private async Task<RekeyState> RekeyVolumeAsync(RekeyVolume request, CancellationToken cancellationToken)
    {
        using (request.Key)
        using (request.NewKey)
        {
            return await infrastructure.RekeyVolumeAsync(request, cancellationToken);
        }
    }

    /// <summary>What was used to open it, and is not used any more, goes back to the kernel, which clears it.</summary>
    private async Task LockVolumeAsync(VolumeRequest request, CancellationToken cancellationToken)
    {
        await infrastructure.LockVolumeAsync(request, cancellationToken);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private void Map<TRequest>(
        IEndpointRouteBuilder routes, string verb, JsonTypeInfo<TRequest> type, Func<TRequest, string?> check, Func<TRequest, CancellationToken, Task> work) =>
        Map(routes, verb, type, check, HostJson.Default.Done, async (request, cancellationToken) =>
        {
            await work(request, cancellationToken);
            return new Done();
        });

    private void Map<TRequest, TAnswer>(
        IEndpointRouteBuilder routes,
        string verb,
        JsonTypeInfo<TRequest> type,
        Func<TRequest, string?> check,
        JsonTypeInfo<TAnswer> answerType,
        Func<TRequest, CancellationToken, Task<TAnswer>> work) =>
        routes.MapPost(Verbs.Path(verb), async (HttpContext context) =>
        {
            try
            {
                var request = await RequestBody.ReadAsync(context.Request.BodyReader, type, context.RequestAborted);
                if ((request is null ? "The body is null." : check(request)) is { } fault)
                {
                    await AnswerAsync(context, StatusCodes.Status400BadRequest, Invalid(fault));
                    return;
                }

                // Not tied to the caller's connection: what was begun is finished, a caller that went away asks again.
                var answer = await work(request!, CancellationToken.None);
                LogDone(verb);
                await context.Response.WriteAsJsonAsync(answer, answerType, cancellationToken: context.RequestAborted);
            }
            catch (JsonException e)
            {
                // The path says which member; the message might quote a value.
                await AnswerAsync(context, StatusCodes.Status400BadRequest, Invalid($"The body is not a valid request: unknown, missing or malformed member at {e.Path ?? "$"}."));
            }
            catch (BadHttpRequestException e)
            {
                await AnswerAsync(context, e.StatusCode, Invalid(e.Message));
            }
            catch (StaleFenceException e)
            {
                LogRefused(verb, e.Message);
                await AnswerAsync(context, StatusCodes.Status409Conflict, new HostProblem(HostProblem.StaleFence, e.Message));
            }
            catch (InfrastructureException e)
            {
                LogFailed(verb, e.Message);
                await AnswerAsync(context, StatusCodes.Status500InternalServerError, new HostProblem(HostProblem.Infrastructure, e.Message));
            }
        });

    private static HostProblem Invalid(string detail) => new(HostProblem.InvalidRequest, detail);

    private static Task AnswerAsync(HttpContext context, int status, HostProblem problem)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(problem, HostJson.Default.HostProblem);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Verb} done")]
    private partial void LogDone(string verb);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Verb} refused: {Reason}")]
    private partial void LogRefused(string verb, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Verb} failed: {Reason}")]
    private partial void LogFailed(string verb, string reason);
}
