using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Kernel;

namespace Beffroi.Platform.Sovereignty;

/// <summary>What the operator may enter. What is wrong is named, all of it at once.</summary>
internal static class RegisterChecks
{
    private const int LongestName = 200, LongestReason = 1000, MostCarried = 32, MostCountries = 50;

    /// <summary>What is wrong with an entry's id and content, whatever else is in the register.</summary>
    public static IReadOnlyList<FieldError> Check(string id, PutRegisterEntry wanted)
    {
        FieldError?[] errors =
        [
            ResourceName.Check("entry", id),
            OneOf("kind", wanted.Kind, EntryKinds.OfOperator),
            Text("name", wanted.Name, LongestName),
            OneOf("stops", wanted.Stops, EntryKinds.Stops),
            Both("reason", wanted.Reason),
            wanted.Version is null ? null : Text("version", wanted.Version, 100),
            wanted.Supplier is null ? null : Text("supplier", wanted.Supplier, LongestName),
            Country("jurisdiction", wanted.Jurisdiction),
            wanted.Licence is null ? null : Text("licence", wanted.Licence, LongestName),
            wanted.LicenceKind is null ? null : OneOf("licenceKind", wanted.LicenceKind, EntryKinds.LicenceKinds),
            Day("expires", wanted.Expires),
            wanted.Redundancy is null ? null : ResourceName.Check("redundancy", wanted.Redundancy),
            Carried(wanted.Carries ?? []),
        ];
        return [.. errors.OfType<FieldError>(), .. wanted.Hosting is { } hosting ? Hosting(wanted.Kind, hosting) : []];
    }

    /// <summary>What is wrong with the ids that an entry names, in the register without it.</summary>
    public static IReadOnlyList<FieldError> CheckNames(string id, PutRegisterEntry wanted, IReadOnlyList<RegisterEntry> others)
    {
        var known = others.Where(e => e.Source is EntryKinds.FromProduct or EntryKinds.FromOperator && e.Id != id).ToDictionary(e => e.Id, StringComparer.Ordinal);
        var errors = new List<FieldError>();
        if (wanted.Supplier is { } supplier && known.GetValueOrDefault(supplier)?.Kind != EntryKinds.Supplier)
        {
            errors.Add(new FieldError("supplier", "There is no such supplier.", Candidates(known.Values.Where(e => e.Kind == EntryKinds.Supplier))));
        }

        if ((wanted.Carries ?? []).Any(c => !known.ContainsKey(c.Id)))
        {
            errors.Add(new FieldError(
                "carries", "There is no such entry to carry.",
                Candidates(known.Values.Where(e => e.Kind == EntryKinds.BeffroiService || (e.Kind != EntryKinds.Supplier && !e.Id.StartsWith(ProductRegister.NuGetPrefix, StringComparison.Ordinal))))));
        }

        return errors;
    }

    /// <summary>Ids for a problem, as many as one reads.</summary>
    public static string Candidates(IEnumerable<RegisterEntry> entries)
    {
        const int Shown = 60;
        var ids = entries.Select(e => e.Id).Order(StringComparer.Ordinal).ToList();
        return string.Join(", ", ids.Take(Shown)) + (ids.Count > Shown ? FormattableString.Invariant($" and {ids.Count - Shown} more") : "");
    }

    private static IEnumerable<FieldError> Hosting(string? kind, HostingRole hosting)
    {
        var access = hosting.Access ?? [];
        FieldError?[] errors =
        [
            kind is EntryKinds.Supplier or EntryKinds.Service ? null : new FieldError("hosting", "Only a supplier or a service takes part in hosting.", "an entry of kind supplier or service"),
            Both("hosting.role", hosting.Role),
            hosting.Activities is { Count: > 0 } activities && activities.All(a => a is >= 1 and <= 6) && activities.Distinct().Count() == activities.Count
                ? null : new FieldError("hosting.activities", "These are not activities of HDS.", "one or more of 1 to 6, each once"),
            access.Count <= MostCountries && access.Distinct().Count() == access.Count && access.All(c => Countries.Exists(c) && !Countries.InEea(c))
                ? null : new FieldError("hosting.access", "These are not countries outside the European Economic Area.", "at most 50, each once: " + Countries.Form),
            hosting.ForeignLaw is null ? null : Both("hosting.foreignLaw", hosting.ForeignLaw),
            Certificate("hosting.hds", hosting.Hds),
            Certificate("hosting.secNumCloud", hosting.SecNumCloud),
        ];
        return errors.OfType<FieldError>();
    }

    private static FieldError? Certificate(string field, HostingCertificate? certificate) =>
        certificate is null ? null
        : Text(field + ".by", certificate.By, LongestName) ?? Text(field + ".reference", certificate.Reference, LongestName) ?? Day(field + ".until", certificate.Until);

    private static FieldError? Carried(IReadOnlyList<CarriedEntry> carries) =>
        carries.Count <= MostCarried
        && carries.All(c => c is { Id.Length: > 0 and <= LongestName, Stops: null or Moment.AtOnce or Moment.AtFailure })
        && carries.Select(c => c.Id).Distinct().Count() == carries.Count
            ? null : new FieldError("carries", "This is not a list of what is carried.", $"at most {MostCarried}, each an id of the register once, with stops {Moment.AtOnce} or {Moment.AtFailure}");

    private static FieldError? OneOf(string field, string? value, IReadOnlyList<string> allowed) =>
        value is not null && allowed.Contains(value) ? null : new FieldError(field, "This value is not possible.", string.Join(", ", allowed));

    private static FieldError? Country(string field, string? code) => code is null || Countries.Exists(code) ? null : new FieldError(field, "There is no such country.", Countries.Form);

    private static FieldError? Day(string field, DateOnly? day) =>
        day is null || day.Value.Year is >= 2000 and < 2100 ? null : new FieldError(field, "This day is not possible.", "a day from 2000-01-01 to 2099-12-31");

    private static FieldError? Both(string field, LocalText? text) =>
        text is null ? new FieldError(field, "This text is missing.", "an object with en and fr") : Text(field + ".en", text.En, LongestReason) ?? Text(field + ".fr", text.Fr, LongestReason);

    private static FieldError? Text(string field, string? text, int longest) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= longest && !text.Any(char.IsControl) ? null : new FieldError(field, "This text is not possible.", $"1 to {longest} characters on one line");
}
