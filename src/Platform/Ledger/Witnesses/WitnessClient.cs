using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Beffroi.Platform.Outbound;
using Beffroi.Transparency;
using Beffroi.Transparency.Witnessing;

namespace Beffroi.Platform.Ledger.Witnesses;

/// <summary>A witness didn't cosign. The message is for a person.</summary>
internal sealed class WitnessException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Asks witnesses for cosignatures over HTTP (C2SP tlog-witness). Safe for concurrent use.</summary>
internal sealed class WitnessClient(OutboundConnections outbound)
{
    private const int MaxAnswer = 64 << 10;

    /// <summary>Asks for a cosignature on the log's newest checkpoint.</summary>
    /// <param name="witness">Whom.</param>
    /// <param name="note">The checkpoint, signed by the log.</param>
    /// <param name="prove">Gives the proof that the checkpoint continues the log at an earlier size.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Its signature, verified.</returns>
    /// <exception cref="WitnessException">It can't be reached, refuses or answers wrongly.</exception>
    public async Task<NoteSignature> CosignAsync(
        LedgerWitness witness, string note, Func<long, Task<IReadOnlyList<TreeHash>>> prove, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(outbound.CreateHandler(witness.Authority)) { Timeout = TimeSpan.FromSeconds(15), MaxResponseContentBufferSize = MaxAnswer };
        var size = SizeOf(note);
        // A restored store may have forgotten what the witness remembers.
        var old = Math.Min(witness.CosignedSize, size);
        for (var attempt = 1; ; attempt++)
        {
            var (status, type, body) = await PostAsync(http, witness, new AddCheckpoint(old, old == 0 ? [] : await prove(old), note), cancellationToken);
            if (status == HttpStatusCode.OK)
            {
                return Verified(witness, note, body);
            }

            if (status != HttpStatusCode.Conflict || attempt == 3)
            {
                throw new WitnessException($"The witness answered {(int)status}: {Shorten(body)}");
            }

            if (type != "text/x.tlog.size" || !long.TryParse(body.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var known))
            {
                throw new WitnessException("The witness says that it knows another state of the log, and not which.");
            }

            if (known > size)
            {
                throw new WitnessException(
                    $"The witness has seen the log with {known} entries, and it has {size} now: entries are gone, as after the store was restored from an old copy, or this is another log under the same name.");
            }

            if (known == old)
            {
                throw new WitnessException($"The witness has seen another log with {known} entries: this one's past was rewritten.");
            }

            old = known;
        }
    }

    private static async Task<(HttpStatusCode Status, string? Type, string Body)> PostAsync(
        HttpClient http, LedgerWitness witness, AddCheckpoint request, CancellationToken cancellationToken)
    {
        try
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(request.ToString()));
            content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "utf-8");
            using var answer = await http.PostAsync(new Uri(witness.Url.TrimEnd('/') + "/add-checkpoint"), content, cancellationToken);
            return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new WitnessException("The witness can't be reached: " + Shorten(e.InnerException is IOException inner ? inner.Message : e.Message), e);
        }
    }

    private static NoteSignature Verified(LedgerWitness witness, string note, string lines) =>
        SignedNote.Parse(note + lines) is { } signed && NoteKey.Parse(witness.PublicKey)?.Verify(signed, out _) is { } signature
            ? signature
            : throw new WitnessException("The witness's cosignature isn't that of the key it was registered with.");

    private static long SizeOf(string note) => Checkpoint.Parse(SignedNote.Parse(note)?.Text ?? "")?.Size ?? throw new WitnessException("The log's checkpoint is damaged.");

    // What a stranger's server says goes into the store and to a terminal.
    private static string Shorten(string text) => new([.. text.Take(200).Select(c => char.IsControl(c) ? ' ' : c)]);
}
