namespace Beffroi.Kernel;

/// <summary>One field of a request that was refused.</summary>
/// <param name="Field">Where, as a JSON path in the request's own names, e.g. <c>spec.storage</c>.</param>
/// <param name="Message">What is wrong, as a sentence.</param>
/// <param name="Allowed">The values or the form that would be accepted, if they can be told.</param>
public sealed record FieldError(string Field, string Message, string? Allowed = null);

/// <summary>
/// An expected refusal, which becomes a problem document (RFC 9457). A value, not an exception: exceptions are for
/// bugs and broken infrastructure.
/// </summary>
/// <param name="Type">Stable identifier in kebab case, e.g. <c>name-taken</c>; the API prefixes it to make a URI.</param>
/// <param name="Status">HTTP status code, 400 to 499, or 503 where the client should try again.</param>
/// <param name="Title">What kind of problem, the same for each of its type.</param>
/// <param name="Detail">What happened here and what to do about it.</param>
/// <param name="Errors">The fields at fault; empty where no field is.</param>
public sealed record Problem(string Type, int Status, string Title, string Detail, IReadOnlyList<FieldError> Errors)
{
    /// <summary>What the ledger says of the refusal: the type, and what of it has to be kept beside. No secret and nothing personal.</summary>
    public LedgerReason Reason { get; init; } = LedgerReason.Name(Type);

    /// <summary>A request whose content is not valid (422), naming every field at fault.</summary>
    public static Problem Invalid(params IReadOnlyList<FieldError> errors) =>
        new("invalid-request", 422, "The request is not valid", string.Join(" ", errors.Select(e => e.Message)), errors);

    /// <summary>
    /// Nothing there (404): said alike of what does not exist and of what the caller may not know to exist.
    /// </summary>
    public static Problem NotFound(string what) =>
        new("not-found", 404, "Not found", what + " was not found, or you have no access to it.", []);

    /// <summary>Known and refused (403).</summary>
    public static Problem Forbidden(string detail) => new("forbidden", 403, "Not allowed", detail, []);

    /// <summary>Contradicts the present state (409); with the fields at fault, if the request itself can be changed.</summary>
    public static Problem Conflict(string type, string title, string detail, params IReadOnlyList<FieldError> errors) => new(type, 409, title, detail, errors);

    /// <summary>A condition in If-Match or If-None-Match does not hold (412, RFC 9110 section 15.5.13).</summary>
    public static Problem PreconditionFailed(string type, string detail, params IReadOnlyList<FieldError> errors) =>
        new(type, 412, "A precondition of the request does not hold", detail, errors);
}
