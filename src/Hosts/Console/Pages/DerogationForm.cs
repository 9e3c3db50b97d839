using System.Globalization;
using Beffroi.Contracts.Policy;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A derogation to record, as it was typed and ticked. What is wrong with it, the API says.</summary>
/// <param name="Name">The organization's name for it.</param>
/// <param name="Wanted">What the API is asked for.</param>
internal sealed record DerogationForm(string Name, PutDerogation Wanted)
{
    /// <summary>As a field for a day has it; empty for none.</summary>
    public string Expires => Wanted.Expires == DateOnly.MinValue ? "" : Wanted.Expires.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>What the checkbox of a rule is called.</summary>
    public static string Field(string rule) => "rule-" + rule;
}
