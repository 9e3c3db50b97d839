using Beffroi.Contracts.Policy;
using Beffroi.Kernel;

namespace Beffroi.Contracts;

/// <summary>A customer.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Name">Unique in the installation.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record Organization(Guid Id, string Name, DateTimeOffset CreatedAt);

/// <summary>Creates an organization with its first user, who gets in by a token or by an invitation: one of the two.</summary>
/// <param name="Owner">The first user's name.</param>
/// <param name="OwnerTokenSha256">
/// SHA-256 of the first user's bearer token, lower-case hexadecimal: the caller makes the token, so that creation can be
/// repeated and the platform never sees the token before its first use.
/// </param>
/// <param name="OwnerInvitationSha256">
/// SHA-256, hexadecimal, of the code of an invitation for the first user, which the caller makes (at random, 32 bytes or more) and hands over: valid once, and for a week.
/// </param>
public sealed record PutOrganization(string Owner, string? OwnerTokenSha256 = null, string? OwnerInvitationSha256 = null);

/// <summary>An isolated network with a classification and a zone.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Organization">The owner's name.</param>
/// <param name="Name">Unique in its organization.</param>
/// <param name="Classification"><c>open</c>, <c>internal</c>, <c>sensitive</c> or <c>health</c>.</param>
/// <param name="Zone">Where its resources run.</param>
/// <param name="Network">Its network, in CIDR form.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="Conditions">What is observed of it as a whole, e.g. <c>IsolationVerified</c>; left out in lists.</param>
public sealed record Space(
    Guid Id, string Organization, string Name, string Classification, string Zone, string Network, DateTimeOffset CreatedAt, IReadOnlyList<Condition>? Conditions = null);

/// <summary>Creates a space. Without a classification, a label or evaluation none is created.</summary>
/// <param name="Classification"><c>open</c>, <c>internal</c>, <c>sensitive</c> or <c>health</c>: short for a label, or, beside one, what the label must amount to.</param>
/// <param name="Zone">Where its resources shall run.</param>
/// <param name="Evaluation">Whether there will be no real data; with a label, say it there.</param>
/// <param name="Label">What is stated of its data.</param>
public sealed record PutSpace(string? Classification = null, string Zone = "local", bool Evaluation = false, SpaceLabel? Label = null);

/// <summary>A change, as sent on the event stream. The SSE event's id is <paramref name="Sequence"/>.</summary>
/// <param name="Sequence">Unique; resume with Last-Event-ID. Events arrive in the order of their transactions, in which it need not grow.</param>
/// <param name="Type"><c>resource</c>, <c>operation</c> or <c>deleted</c>.</param>
/// <param name="ResourceKind">e.g. <c>postgres</c>.</param>
/// <param name="ResourceName">The resource's name.</param>
/// <param name="ResourceId">The resource's id.</param>
/// <param name="Operation">The operation's id, if the change belongs to one.</param>
/// <param name="At">UTC.</param>
public sealed record ChangeEvent(long Sequence, string Type, string ResourceKind, string ResourceName, Guid ResourceId, Guid? Operation, DateTimeOffset At);
