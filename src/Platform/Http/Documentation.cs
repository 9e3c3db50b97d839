using Beffroi.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http;

/// <summary>How a route says of itself what belongs into the OpenAPI document.</summary>
public static class Documentation
{
    /// <summary>Describes a route under <c>/v1</c>: what it does and every status it can answer with beside its success.</summary>
    /// <param name="route">The route.</param>
    /// <param name="id">The operation's id in the document, in camel case.</param>
    /// <param name="tag">Its chapter.</param>
    /// <param name="summary">What it does, in a line.</param>
    /// <param name="description">What one has to know.</param>
    /// <param name="problems">The problems that are its own; those that any route can have are added.</param>
    public static RouteHandlerBuilder Describe(
        this RouteHandlerBuilder route, string id, string tag, string summary, string description, params int[] problems)
    {
        route.WithName(id).WithTags(tag).WithSummary(summary).WithDescription(description);
        foreach (var status in problems.Concat([401, 429, 500]).Distinct().Order())
        {
            route.Produces<ProblemDocument>(status, Problems.ContentType);
        }

        return route;
    }

    /// <summary>Says that every call, accepted or refused, is in the ledger under this name.</summary>
    public static RouteHandlerBuilder Record(this RouteHandlerBuilder route, string action) => route.WithMetadata(new Recorded(action));

    /// <summary>Adds a query parameter.</summary>
    public static RouteHandlerBuilder WithQuery(this RouteHandlerBuilder route, string name, string description, bool number = false) =>
        route.WithMetadata(new DocumentedParameter(name, InQuery: true, description, number));

    /// <summary>Adds a request header.</summary>
    public static RouteHandlerBuilder WithHeader(this RouteHandlerBuilder route, string name, string description) =>
        route.WithMetadata(new DocumentedParameter(name, InQuery: false, description, Number: false));

    /// <summary>Adds a header of the answer.</summary>
    public static RouteHandlerBuilder WithResponseHeader(this RouteHandlerBuilder route, string name, string description, params int[] statuses) =>
        route.WithMetadata(new DocumentedResponseHeader(name, description, statuses));

    /// <summary>Adds what a change that can be sent again has: the header with a key, and the one that tells an answer given before, of these statuses.</summary>
    public static RouteHandlerBuilder WithIdempotencyKey(this RouteHandlerBuilder route, params int[] statuses)
    {
        route.WithHeader("Idempotency-Key", "Up to 255 printable characters of your choice: the same request with the same key gets the same answer for a day.");
        return statuses.Length == 0 ? route : route.WithResponseHeader("Idempotency-Replayed", "`true` if this answer was given before.", statuses);
    }

    /// <summary>Adds an example of the request's body (status 0) or of an answer's.</summary>
    public static RouteHandlerBuilder WithExample(this RouteHandlerBuilder route, int status, string json) =>
        route.WithMetadata(new DocumentedExample(status, json));

    /// <summary>Adds the parameters that every list has.</summary>
    public static RouteHandlerBuilder WithPaging(this RouteHandlerBuilder route) => route
        .WithQuery("limit", "The most items to return, 1 to 200; 50 if it is left out.", number: true)
        .WithQuery("pageToken", "The nextPageToken of the page before.");
}

/// <summary>A parameter that the handler reads by itself.</summary>
internal sealed record DocumentedParameter(string Name, bool InQuery, string Description, bool Number);

/// <summary>A header of some answers.</summary>
internal sealed record DocumentedResponseHeader(string Name, string Description, int[] Statuses);

/// <summary>An example; status 0 is the request.</summary>
internal sealed record DocumentedExample(int Status, string Json);
