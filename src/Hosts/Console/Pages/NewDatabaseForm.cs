using System.Globalization;
using Beffroi.Contracts.Postgres;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A PostgreSQL as it was typed in. What is wrong with it, the API says.</summary>
internal sealed record NewDatabaseForm(string Name, string Size, string Storage, string Availability, string RetentionDays, bool Protected)
{
    private static readonly PostgresSpec Defaults = new();

    public static NewDatabaseForm Empty { get; } = new("", Defaults.Size, Defaults.Storage, Defaults.Availability, Defaults.BackupOrDefault.RetentionDays.ToString(CultureInfo.InvariantCulture), true);

    public static NewDatabaseForm Of(Func<string, string> field) => new(field("name"), field("size"), field("storage"), field("availability"), field("retentionDays"), field("protected") == "on");

    /// <summary>A number that is none is 0, which the API refuses with the range.</summary>
    public PostgresSpec Spec => Defaults with
    {
        Size = Size,
        Storage = Storage,
        Availability = Availability,
        DeletionProtection = Protected,
        Backup = RetentionDays == Empty.RetentionDays ? null : new PostgresBackupSpec(int.TryParse(RetentionDays, NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days : 0),
    };

    /// <summary>For an address that shows the form as it is typed in.</summary>
    public QueryString Query => QueryString.Create(new Dictionary<string, string?>
    {
        ["name"] = Name,
        ["size"] = Size,
        ["storage"] = Storage,
        ["availability"] = Availability,
        ["retentionDays"] = RetentionDays,
        ["protected"] = Protected ? "on" : "off",
    });

    /// <summary>In the place of a name that isn't filled in yet.</summary>
    public const string NoName = "NAME";

    /// <summary>What does the same at the command line. Names and values that the API would refuse are not put into a command for someone to paste.</summary>
    public string? Command(string organization, string space) =>
        (Name.Length > 0 && !Plain(Name)) || !Plain(Size) || !Plain(Storage) || !Plain(Availability) || !Plain(RetentionDays) ? null
        : $"beffroi postgres create {(Name.Length > 0 ? Name : NoName)} --space {organization}/{space} --size {Size} --storage {Storage}"
            + (Availability == Defaults.Availability ? "" : " --availability " + Availability)
            + (RetentionDays == Empty.RetentionDays ? "" : " --retention-days " + RetentionDays)
            + (Protected ? "" : " --deletion-protection off");

    private static bool Plain(string text) => text.Length > 0 && text[0] != '-' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');
}
