namespace Beffroi.Hosts.Cli.Api;

/// <summary>Under which condition a change may be made (RFC 9110 section 13), and how its repetition is recognised.</summary>
/// <param name="IfMatch">The ETag that the resource must have.</param>
/// <param name="MustBeNew">Whether it must not exist yet.</param>
/// <param name="IdempotencyKey">The same for every repetition of one request.</param>
internal sealed record Preconditions(string? IfMatch = null, bool MustBeNew = false, string? IdempotencyKey = null)
{
    public static Preconditions None { get; } = new();

    public static Preconditions New() => new(MustBeNew: true, IdempotencyKey: Guid.NewGuid().ToString("N"));

    public void ApplyTo(HttpRequestMessage request)
    {
        if (IfMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", IfMatch.StartsWith('"') ? IfMatch : '"' + IfMatch + '"');
        }

        if (MustBeNew)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        }

        if (IdempotencyKey is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", IdempotencyKey);
        }
    }
}
