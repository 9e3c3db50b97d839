using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Beffroi.Contracts.Lockbox;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Protection;
using Beffroi.Platform.Tenancy;
using Beffroi.Transparency;
using Beffroi.Transparency.Consent;
using Npgsql;

namespace Beffroi.Platform.Lockbox;

/// <summary>
/// How one of the operator's people gets to see something of a customer's: they ask, people of the customer sign, it is shown for a while, and each time is told. What opens it is the
/// signatures, verified anew each time, and never a column of the store. Each method works in the caller's transaction. Safe for concurrent use.
/// </summary>
internal sealed class LockboxRequests(IOrganizations organizations, OrganizationSafeguards safeguards, ISeals seals, IEnumerable<ILockboxContents> contents)
{
    private const int MostWaiting = 50;
    private const int MostShowings = 500;
    private static readonly TimeSpan Waits = TimeSpan.FromHours(72);

    /// <summary>Asks. The answer is the same whether there is such a resource or not.</summary>
    public async Task<Result<LockboxRow>> AskAsync(NpgsqlConnection connection, OperatorPrincipal asker, AskLockbox asked, CancellationToken cancellationToken)
    {
        if (LockboxRules.Check(asked, contents.Select(c => c.Kind)) is { Count: > 0 } errors)
        {
            return Problem.Invalid(errors);
        }

        if (await organizations.FindAsync(connection, asked.Organization, cancellationToken) is not { } organization)
        {
            return Problem.Invalid(new FieldError("organization", "There is no such organization.", "one of this installation: beffroi org list"));
        }

        if (await LockboxTable.WaitingAsync(connection, organization.Id, cancellationToken) >= MostWaiting)
        {
            return Problem.Conflict("too-many-requests", "Too many requests wait", $"{MostWaiting} requests wait for {asked.Organization} already. Withdraw some of them first.");
        }

        var resource = await LockboxTable.FindResourceAsync(connection, organization.Id, asked.Space, asked.Kind, asked.Name, cancellationToken);
        var id = Guid.CreateVersion7();
        await LockboxTable.InsertAsync(
            connection, id, organization.Id, asker.Id, asker.Name, asked, resource, LockboxConsent.ApproversFor(resource?.Item2 ?? ""), Waits, cancellationToken);
        return (await LockboxTable.FindAsync(connection, organization.Id, id, cancellationToken))!;
    }

    /// <summary>Takes an approver's signature; with the last one that is needed the request is open.</summary>
    /// <returns>The request as it is now, and the consent with this signature alone, for the ledger.</returns>
    public async Task<Result<(LockboxRow Row, SignedNote Note)>> ApproveAsync(
        NpgsqlConnection connection, Guid organizationId, Guid id, CustomerPrincipal approver, string signature, CancellationToken cancellationToken)
    {
        if (await LockboxTable.LockAsync(connection, organizationId, id, cancellationToken) is not { } row)
        {
            return Problems.NotFound;
        }

        if (approver.IsServiceAccount)
        {
            return Problem.Conflict("person-needed", "A person has to do this", "A service account doesn't answer for what is shown to the operator. Approve it as yourself.");
        }

        if (row.Shown.State != "waiting")
        {
            return NotWaiting(row);
        }

        if (row.ToConsent() is not { } consent)
        {
            return Problem.Conflict("no-such-resource", "There is nothing to open", "There was no such resource when it was asked for. Refuse the request.");
        }

        if (await LabelChangedAsync(connection, row, cancellationToken) is { } changed)
        {
            return changed;
        }

        if (await LockboxKeys.FindAsync(connection, approver.Id, cancellationToken) is not var (key, passkey))
        {
            return Problem.Conflict("no-lockbox-key", "You have no key to approve with", "Make and register one: beffroi lockbox key create.");
        }

        if (LockboxSignatures.Note(consent.ToText(), signature) is not { } note || !key.HasSigned(note))
        {
            return Problem.Invalid(new FieldError("signature", "This is no signature of yours below this consent.", "the signature line of a note, made with the key that you registered"));
        }

        if (key is PasskeyKey ofPasskey
            && (await WithPasskeyAsync(connection, organizationId, consent, ofPasskey, cancellationToken)
                ?? await LockboxPasskeys.UseAsync(connection, passkey ?? Guid.Empty, ofPasskey, note, cancellationToken)) is { } refused)
        {
            return refused;
        }

        if (!await LockboxTable.ApproveAsync(connection, id, approver.Id, approver.Name, key.ToString(), note.Signatures[0].ToString().TrimEnd('\n'), cancellationToken))
        {
            return Problem.Conflict("approved-already", "You have approved this already", $"{row.Approvers} different people have to.");
        }

        if (consent.IsGivenBy(await SignersAsync(connection, row, cancellationToken)))
        {
            await LockboxTable.OpenAsync(connection, id, cancellationToken);
        }

        return ((await LockboxTable.FindAsync(connection, organizationId, id, cancellationToken))!, note);
    }

    /// <summary>The customer refuses what waits, or closes what is open, at once.</summary>
    public static async Task<Result<LockboxRow>> EndAsync(NpgsqlConnection connection, Guid organizationId, Guid id, string by, CancellationToken cancellationToken)
    {
        if (await LockboxTable.LockAsync(connection, organizationId, id, cancellationToken) is not { } row)
        {
            return Problems.NotFound;
        }

        if (row.Shown.State is not ("waiting" or "open"))
        {
            return NotWaiting(row);
        }

        await LockboxTable.EndAsync(connection, id, row.Shown.State == "waiting" ? "refused" : "closed", by, cancellationToken);
        return (await LockboxTable.FindAsync(connection, organizationId, id, cancellationToken))!;
    }

    /// <summary>The operator's side takes it back, or gives up what is open.</summary>
    public static async Task<Result<LockboxRow>> WithdrawAsync(NpgsqlConnection connection, Guid id, OperatorPrincipal by, CancellationToken cancellationToken)
    {
        if (await LockboxTable.LockAsync(connection, null, id, cancellationToken) is not { } row)
        {
            return Problems.NotFound;
        }

        if (row.Shown.State is not ("waiting" or "open"))
        {
            return NotWaiting(row);
        }

        await LockboxTable.EndAsync(connection, id, "withdrawn", by.Name, cancellationToken);
        return (await LockboxTable.FindAsync(connection, null, id, cancellationToken))!;
    }

    /// <summary>Shows what was agreed to, and keeps a copy for the customer.</summary>
    /// <returns>The request, what is shown, and what the ledger says of it.</returns>
    public async Task<Result<(LockboxRow Row, LockboxContent Content, LockboxTrace Trace)>> OpenAsync(
        NpgsqlConnection connection, Guid id, OperatorPrincipal asker, string credential, string? origin, CancellationToken cancellationToken)
    {
        // Until the transaction ends, the customer's closing waits: what is shown was open.
        if (await LockboxTable.LockAsync(connection, null, id, cancellationToken) is not { } row)
        {
            return Problems.NotFound;
        }

        if (row.OperatorId != asker.Id || credential.Length > 200
            || !CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(credential)), row.CredentialSha256))
        {
            return Problem.Forbidden("Only who asked can open it, with the secret that the request was made with.");
        }

        if (row.Shown is not { State: "open", OpenUntil: { } until } || row.ToConsent() is not { } consent)
        {
            return Problem.Conflict("not-open", "The request is not open", row.Shown.State == "waiting" ? "The customer has not approved it yet." : $"It is {row.Shown.State}.");
        }

        if (!consent.IsGivenBy(await SignersAsync(connection, row, cancellationToken)))
        {
            return Problem.Conflict("not-approved", "The customer's signatures don't hold any more", "An approver has left, or replaced their key, or their passkey counts no more. Ask again.");
        }

        if (await LabelChangedAsync(connection, row, cancellationToken) is { } changed)
        {
            return changed;
        }

        if (await seals.FindAsync(connection, row.OrganizationId, cancellationToken) is { IsSealed: true })
        {
            return Problem.Conflict("organization-sealed", "The organization is sealed", "Nothing of it is shown until it is unsealed.");
        }

        if (await LockboxTable.CountAccessesAsync(connection, id, cancellationToken) >= MostShowings)
        {
            return Problem.Conflict("too-many-requests", "It was shown too often", $"{MostShowings} times is the most. Ask again.");
        }

        if (await contents.First(c => c.Kind == row.Shown.Kind).ReadAsync(connection, row.ResourceId!.Value, row.Shown.Access, cancellationToken) is not { } content)
        {
            return Problem.Conflict("no-such-resource", "There is nothing to open", "The resource doesn't exist any more.");
        }

        var digest = LockboxConsent.Digest(content.Text);
        await LockboxTable.NoteAccessAsync(connection, Guid.CreateVersion7(), id, origin, content.MediaType, Convert.FromHexString(digest), content.Text, cancellationToken);
        return (row, new LockboxContent(until, content.MediaType, content.Text), new LockboxTrace(LockboxConsent.Digest(consent.ToText()), digest));
    }

    /// <summary>With what is the customer's alone.</summary>
    public static async Task<LockboxCase> CaseAsync(NpgsqlConnection connection, LockboxRow row, CancellationToken cancellationToken) => new(
        row.Shown, row.Consent, row.Approvers, await LockboxTable.ApprovalsAsync(connection, row.Shown.Id, cancellationToken),
        await LockboxTable.CountAccessesAsync(connection, row.Shown.Id, cancellationToken));

    /// <summary>By which of the keys that are registered now, and may sign, the signatures below the consent are true.</summary>
    private async Task<List<ApproverKey>> SignersAsync(NpgsqlConnection connection, LockboxRow row, CancellationToken cancellationToken) => LockboxSignatures.Signers(
        row.Consent!, await LockboxTable.SignaturesAsync(connection, row.Shown.Id, valid: true, cancellationToken),
        (await safeguards.GetAsync(connection, row.OrganizationId, cancellationToken)).PasskeyConsents);

    // Null, or why a passkey isn't what is wanted.
    private async Task<Problem?> WithPasskeyAsync(NpgsqlConnection connection, Guid organizationId, LockboxConsent consent, PasskeyKey key, CancellationToken cancellationToken) =>
        !(await safeguards.GetAsync(connection, organizationId, cancellationToken)).PasskeyConsents ? LockboxPasskeys.NotAllowed
        : consent.LacksMachineKey([.. LockboxSignatures.Signers(consent.ToText(), await LockboxTable.SignaturesAsync(connection, consent.Request, valid: true, cancellationToken), passkeys: true), key])
            ? Problem.Conflict(
                "machine-key-needed", "One approver has to sign with a key on their own machine",
                "The others have signed with passkeys, which sign what a page asks for. Whoever has a key of `beffroi lockbox key create` approves this: beffroi lockbox approve.")
        : null;

    // A consent is to what the space was: where more people have to sign now, it has to be asked for anew.
    private static async Task<Problem?> LabelChangedAsync(NpgsqlConnection connection, LockboxRow row, CancellationToken cancellationToken) =>
        LockboxConsent.ApproversFor(await LockboxTable.ClassificationAsync(connection, row.ResourceId!.Value, cancellationToken) ?? row.Classification!) > row.Approvers
            ? Problem.Conflict("label-changed", "The space is labelled otherwise now", "More people have to sign now than the request says. Ask for it anew.")
            : null;

    private static Problem NotWaiting(LockboxRow row) => Problem.Conflict(
        "not-waiting", "The request doesn't wait any more",
        row.Shown.State == "open" ? $"It is open until {row.Shown.OpenUntil!.Value.ToString("u", CultureInfo.InvariantCulture)}." : $"It is {row.Shown.State}.");
}
