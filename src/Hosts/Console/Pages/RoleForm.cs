using System.Globalization;
using Beffroi.Contracts.Postgres;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A role of a PostgreSQL as it was typed in. What is wrong with it, the API says.</summary>
/// <param name="Name">As in the spec.</param>
/// <param name="Login">As in the spec.</param>
/// <param name="ValidUntil">A day, <c>2027-06-30</c>, to its end (UTC); empty for no end.</param>
/// <param name="ConnectionLimit">A number; empty for no limit.</param>
/// <param name="MemberOf">Names, with a comma or a space between them.</param>
internal sealed record RoleForm(string Name = "", string Login = PostgresRoleSpec.Password, string ValidUntil = "", string ConnectionLimit = "", string MemberOf = "")
{
    private static readonly char[] Between = [',', ' ', ';'];

    /// <summary>As it is now.</summary>
    public static RoleForm Of(PostgresRoleSpec role) => new(
        role.Name, role.Login, role.ValidUntil?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "",
        role.ConnectionLimit?.ToString(CultureInfo.InvariantCulture) ?? "", string.Join(", ", role.MemberOf ?? []));

    /// <summary>As it was typed.</summary>
    public static RoleForm Of(Func<string, string> field) => new(field("name"), field("login"), field("validUntil"), field("connectionLimit"), field("memberOf"));

    /// <summary>
    /// As in the spec. A day that is none is a year, and a number that is none a number, that the API refuses; the end that there was is kept to the second where its day is.
    /// </summary>
    public PostgresRoleSpec Role(PostgresRoleSpec? before) => new(
        Name, Login,
        ValidUntil.Length == 0 ? null
            : before?.ValidUntil is { } was && Of(before).ValidUntil == ValidUntil ? was
            : DateTimeOffset.TryParseExact(ValidUntil, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var day) && day.Year < 9000 ? day.AddDays(1).AddSeconds(-1)
            : DateTimeOffset.MinValue,
        ConnectionLimit.Length == 0 ? null : int.TryParse(ConnectionLimit, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : 0,
        MemberOf.Split(Between, StringSplitOptions.RemoveEmptyEntries));
}
