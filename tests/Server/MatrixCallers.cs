using System.Security.Cryptography;
using System.Text;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;

namespace Beffroi.Server.Tests;

/// <summary>Every kind of caller.</summary>
public sealed partial class MatrixCallers : IDisposable
{
    private MatrixCallers(IReadOnlyList<MatrixCaller> all) => All = all;

    public IReadOnlyList<MatrixCaller> All { get; }

    /// <summary>Makes the accounts straight in the store: what the API needs to make them is tested elsewhere.</summary>
    public static async Task<MatrixCallers> CreateAsync(TestServer server)
    {
        var all = new List<MatrixCaller>();
        foreach (var organization in (string[])["demo", "evil"])
        {
            foreach (var role in Roles.Names.Reverse().Append(""))
            {
                var token = $"{organization}-{(role.Length > 0 ? role : "nobody")}";
                await InsertAsync(server, """
                    with p as (insert into platform.principals (id, organization_id, name, accepted_at) select gen_random_uuid(), id, $3, now() from platform.organizations where name = $4 returning id, organization_id),
                         g as (insert into platform.grants (id, organization_id, principal_id, role) select gen_random_uuid(), organization_id, id, $2 from p where $2 <> '')
                    insert into platform.tokens (sha256, principal_id, name, expires_at) select $1, id, 'matrix', now() + interval '1 hour' from p
                    """, Sha256(token), role, token, organization);
                all.Add(Caller(server, role.Length > 0 ? $"{organization}'s {role}" : $"{organization}'s without a role", Side.Customer, organization == "demo", role, true, token));
            }
        }

        foreach (var role in OperatorRoles.Names.Reverse())
        {
            await InsertAsync(server, """
                with o as (insert into platform.operators (id, name, accepted_at) values (gen_random_uuid(), $3, now()) returning id),
                     r as (insert into platform.operator_roles (operator_id, role) select id, $2 from o)
                insert into platform.operator_tokens (sha256, operator_id, name, expires_at) select $1, id, 'matrix', now() + interval '1 hour' from o
                """, Sha256("operator-" + role), role, "matrix-" + role);
            all.Add(Caller(server, "the operator's " + role, Side.Operator, false, role, true, "operator-" + role, "matrix-" + role));
        }

        // Of an owner, who could do anything if it were valid.
        foreach (var (name, expires, revoked, disabled) in new[] { ("expired", "-1 second", false, false), ("revoked", "1 hour", true, false), ("disabled", "1 hour", false, true) })
        {
            await InsertAsync(server, """
                with p as (
                    insert into platform.principals (id, organization_id, name, accepted_at, disabled_at)
                    select gen_random_uuid(), id, $2, now(), case when $5 then now() end from platform.organizations where name = 'demo' returning id, organization_id),
                     g as (insert into platform.grants (id, organization_id, principal_id, role) select gen_random_uuid(), organization_id, id, 'owner' from p)
                insert into platform.tokens (sha256, principal_id, name, expires_at, revoked_at) select $1, id, 'matrix', now() + $3::interval, case when $4 then now() end from p
                """, Sha256("token-" + name), "owner-" + name, expires, revoked, disabled);
            all.Add(Caller(server, name + " token", Side.Customer, true, Roles.Owner, false, "token-" + name));
        }

        all.Add(Caller(server, "a forged token", Side.Customer, true, Roles.Owner, false, "bfr_" + new string('x', 43)));
        all.Add(Caller(server, "no token", Side.Customer, true, "", false, null));
        await AddFurtherAsync(server, all);
        return new MatrixCallers(all);
    }

    public void Dispose()
    {
        foreach (var caller in All)
        {
            caller.Customer.Dispose();
            caller.Operator.Dispose();
        }
    }

    private static MatrixCaller Caller(TestServer server, string name, Side side, bool own, string role, bool valid, string? token, string? account = null) =>
        new(name, account ?? token ?? "", side, own, role, valid, server.Client(token), server.Client(token, Side.Operator));

    private static byte[] Sha256(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static async Task InsertAsync(TestServer server, string sql, params object[] values)
    {
        await using var command = server.Store.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }
}
