using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;

namespace Beffroi.Server.Tests;

/// <summary>
/// Those who come to what they hold by another way than a role of their own in the whole organization, with a token that they made themselves. They are a sample: one of each way, with a role for which it matters,
/// and on their own side's listener, as every caller costs the time of as many requests as there are operations.
/// </summary>
public sealed partial class MatrixCallers
{
    private const string NewAccount = """
        insert into platform.principals (id, organization_id, name, kind, accepted_at) select gen_random_uuid(), id, $1, $2, now() from platform.organizations where name = 'demo'
        """;

    private const string NewToken = "insert into platform.tokens (sha256, principal_id, name, expires_at) select $1, id, 'matrix', now() + interval '1 hour' from platform.principals where name = $2";

    private const string Grants = "insert into platform.grants (id, organization_id, principal_id, role, space_id, resource_id) select gen_random_uuid(), p.organization_id, p.id, $2, ";

    /// <summary>A custom role's: parts of several built-in ones, and the right to change who may do what, which covers nobody who has more.</summary>
    private static readonly string[] Parts = [Permission.SpaceRead, Permission.PostgresRead, Permission.PostgresDelete, Permission.EgressUpdate, Permission.LedgerManage, Permission.KeyRead];

    private static async Task AddFurtherAsync(TestServer server, List<MatrixCaller> all)
    {
        await AddAsync("an owner of another space", "other-owner", Roles.Owner, caller => caller with { Reach = MatrixReach.OtherSpace });
        await InsertAsync(server, Grants + "s.id, null from platform.principals p join platform.spaces s on s.organization_id = p.organization_id and s.name = 'other' where p.name = $1", "other-owner", Roles.Owner);

        await AddAsync("an owner of one resource", "db-owner", Roles.Owner, caller => caller with { Reach = MatrixReach.Resource });
        await InsertAsync(server, Grants + "x.space_id, x.id from platform.principals p, platform.resources x where p.name = $1 and x.kind = 'postgres' and x.name = 'db'", "db-owner", Roles.Owner);
        await AddAsync("a reader of one resource", "db-reader", Roles.Reader, caller => caller with { Reach = MatrixReach.Resource });
        await InsertAsync(server, Grants + "x.space_id, x.id from platform.principals p, platform.resources x where p.name = $1 and x.kind = 'postgres' and x.name = 'db'", "db-reader", Roles.Reader);

        await AddAsync("one with a custom role", "custom", "", caller => caller with { Permissions = Parts.ToHashSet() });
        await InsertAsync(server, """
            with r as (insert into platform.roles (id, organization_id, name, permissions) select gen_random_uuid(), id, 'parts', $2 from platform.organizations where name = 'demo' returning id, organization_id)
            insert into platform.grants (id, organization_id, principal_id, custom_role_id) select gen_random_uuid(), r.organization_id, p.id, r.id from r, platform.principals p where p.name = $1
            """, "custom", Parts);

        await AddAsync("an auditor through a group", "grouped", Roles.Auditor);
        await InsertAsync(server, """
            with g as (insert into platform.groups (id, organization_id, name) select gen_random_uuid(), id, 'auditors' from platform.organizations where name = 'demo' returning id, organization_id),
                 m as (insert into platform.group_members (organization_id, group_id, principal_id) select g.organization_id, g.id, p.id from g, platform.principals p where p.name = $1)
            insert into platform.grants (id, organization_id, group_id, role) select gen_random_uuid(), organization_id, id, $2 from g
            """, "grouped", Roles.Auditor);

        await AddAsync("a service account", "program", Roles.Developer, kind: "service-account");
        await InsertAsync(server, Grants + "null, null from platform.principals p where p.name = $1", "program", Roles.Developer);

        // By a session, which a person begins with a password and a second factor.
        using var person = await SignedInPerson.EnrolAsync(server, "person");
        await InsertAsync(server, Grants + "null, null from platform.principals p where p.name = $1", "person", Roles.Administrator);
        all.Add(Caller(server, "an administrator's session", Side.Customer, true, Roles.Administrator, true, (await person.BeginAsync()).Access, "person") with { AtHome = true });

        // Of a platform administrator, who could do anything if it were valid.
        foreach (var (name, expires, revoked, disabled) in new[] { ("expired", "-1 second", false, false), ("revoked", "1 hour", true, false), ("disabled", "1 hour", false, true) })
        {
            await InsertAsync(server, """
                with o as (insert into platform.operators (id, name, accepted_at, disabled_at) values (gen_random_uuid(), $2, now(), case when $5 then now() end) returning id),
                     r as (insert into platform.operator_roles (operator_id, role) select id, 'platform-administrator' from o)
                insert into platform.operator_tokens (sha256, operator_id, name, expires_at, revoked_at) select $1, id, 'matrix', now() + $3::interval, case when $4 then now() end from o
                """, Sha256("operator-" + name), "matrix-" + name, expires, revoked, disabled);
            all.Add(Caller(server, $"an operator's {name} token", Side.Operator, false, OperatorRoles.PlatformAdministrator, false, "operator-" + name, "matrix-" + name) with { AtHome = true });
        }

        async Task AddAsync(string name, string account, string role, Func<MatrixCaller, MatrixCaller>? change = null, string kind = "user")
        {
            await InsertAsync(server, NewAccount, account, kind);
            await InsertAsync(server, NewToken, Sha256("token-" + account), account);
            var caller = Caller(server, name, Side.Customer, true, role, true, "token-" + account, account) with { AtHome = true };
            all.Add(change?.Invoke(caller) ?? caller);
        }
    }
}
