using Beffroi.Contracts.Sovereignty;
using Npgsql;

namespace Beffroi.Platform.Sovereignty;

/// <summary>All that is known of what depends on whom: what the product says, what is installed, and what the operator entered. Safe for concurrent use.</summary>
internal sealed class Register(InstalledPackages installed)
{
    /// <summary>All entries, by kind and id; no id is there twice.</summary>
    public async Task<IReadOnlyList<RegisterEntry>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        [.. ProductRegister.This.Entries.Concat(ProductRegister.NuGet.Select(ProductRegister.Entry)).Concat(installed.Read()).Concat(await RegisterTable.ListAsync(connection, cancellationToken))
            // What the product says comes first, should a newer one have a name that the operator had chosen.
            .DistinctBy(e => e.Id).OrderBy(e => Order(e.Kind)).ThenBy(e => e.Id, StringComparer.Ordinal)];

    private static int Order(string kind)
    {
        var place = 0;
        while (place < EntryKinds.All.Count && EntryKinds.All[place] != kind)
        {
            place++;
        }

        return place;
    }
}
