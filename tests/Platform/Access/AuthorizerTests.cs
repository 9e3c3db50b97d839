using System.Collections.Frozen;
using System.Reflection;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Testing;
using Npgsql;

namespace Beffroi.Platform.Tests.Access;

public sealed class AuthorizerTests(PostgresServer server)
{
    private static readonly Guid Space = Guid.NewGuid();
    private static readonly Guid OtherSpace = Guid.NewGuid();
    private static readonly Guid Resource = Guid.NewGuid();
    private static readonly Guid OtherResource = Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static IEnumerable<string> Declared =>
        typeof(Permission).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!);

    [Fact]
    public void Every_permission_is_in_the_table_of_roles_and_the_owner_has_it()
    {
        Assert.Equal(Declared.Order(StringComparer.Ordinal), Roles.AllPermissions);
        Assert.All(Declared, p => Assert.Contains(p, Roles.Permissions(Roles.Owner)));
        Assert.Equal([Permission.IdentityManage, Permission.OwnerManage, Permission.SafeguardChange], Roles.Permissions(Roles.Owner).Except(Roles.Permissions(Roles.Administrator)).Order(StringComparer.Ordinal));
        Assert.Empty(Roles.Permissions("operator"));
        // Who only looks changes nothing and reads no secret. A verification's probes are the platform's own.
        foreach (var role in (string[])[Roles.Reader, Roles.Auditor, Roles.Billing])
        {
            Assert.All(Roles.Permissions(role), p => Assert.True(
                (p.EndsWith(".read", StringComparison.Ordinal) && !p.Contains("credentials", StringComparison.Ordinal)) || p == Permission.IsolationVerify, $"{role}: {p}"));
        }
    }

    [Fact]
    public void No_role_of_the_operators_holds_a_permission_on_customers_things()
    {
        Assert.Equal(OperatorRoles.Names.Order(), OperatorRoles.Names.Distinct().Order());
        Assert.Equal(
            OperatorPermission.All.ToHashSet(),
            typeof(OperatorPermission).GetProperties(BindingFlags.Public | BindingFlags.Static).Where(p => p.PropertyType == typeof(OperatorPermission))
                .Select(p => (OperatorPermission)p.GetValue(null)!).ToHashSet());
        // A name that both sides have (organization.read) is two permissions: the types don't convert. What only customers' data has, the operator's lacks even by name.
        string[] words = ["postgres", "space", "credentials", "backup", "key", "ledger", "access", "owner", "lockbox", "operation"];
        Assert.All(OperatorPermission.All, p => Assert.DoesNotContain(words, word => p.Name.Contains(word, StringComparison.Ordinal) && !p.Name.StartsWith("operator.", StringComparison.Ordinal)));
        // Of the operator's roles too, who looks after the others only looks; and whoever decides in reviews of rights is who answers for them.
        Assert.All(OperatorRoles.Permissions(OperatorRoles.PlatformAuditor), p => Assert.EndsWith(".read", p.Name, StringComparison.Ordinal));
        Assert.Equal([OperatorRoles.PlatformAdministrator], OperatorRoles.Names.Where(r => OperatorRoles.Permissions(r).Contains(OperatorPermission.AccessReviewDecide)));
        Assert.DoesNotContain(typeof(OperatorPermission).GetMethods(), m => m.Name is "op_Implicit" or "op_Explicit");
        // No way to make another one.
        Assert.DoesNotContain(typeof(OperatorPermission).GetConstructors(), c => c.GetParameters().Length > 0);
    }

    [Fact]
    public async Task An_operator_cannot_be_granted_anything_of_a_customers_not_even_by_the_store()
    {
        await using var store = await TestStore.CreateAsync(server);
        await store.Get<IPrincipals>().EnsureAdministratorAsync(new string('a', 64), Cancel);
        var organization = Guid.NewGuid();
        await store.ExecuteAsync($"insert into platform.organizations (id, name) values ('{organization}', 'demo')");
        foreach (var role in Roles.Names)
        {
            await RefusedAsync($"insert into platform.grants (id, organization_id, principal_id, role) select gen_random_uuid(), '{organization}', id, '{role}' from platform.operators");
            await RefusedAsync($"insert into platform.operator_roles (operator_id, role) select id, '{role}' from platform.operators");
        }

        foreach (var permission in Declared)
        {
            await RefusedAsync($"insert into platform.operator_roles (operator_id, role) select id, '{permission}' from platform.operators");
        }

        async Task RefusedAsync(string sql) => await Assert.ThrowsAsync<PostgresException>(() => store.ExecuteAsync(sql));
    }

    [Fact]
    public void A_grant_reaches_as_far_as_its_scope_and_no_further()
    {
        AccessScope[] scopes =
        [
            AccessScope.Organization, AccessScope.Space(Space), AccessScope.Space(OtherSpace),
            AccessScope.Resource(Space, Resource), AccessScope.Resource(Space, OtherResource), AccessScope.Resource(OtherSpace, Resource),
        ];
        // Row: granted at; column: asked for.
        bool[][] reach =
        [
            [true, true, true, true, true, true],
            [false, true, false, true, true, false],
            [false, false, true, false, false, true],
            [false, false, false, true, false, false],
            [false, false, false, false, true, false],
            [false, false, false, false, false, true],
        ];
        foreach (var permission in Declared.Append("unknown").Append(""))
        {
            for (var granted = 0; granted < scopes.Length; granted++)
            {
                var rights = new AccessRights([new HeldGrant(new[] { Permission.PostgresRead }.ToFrozenSet(), scopes[granted])]);
                for (var asked = 0; asked < scopes.Length; asked++)
                {
                    Assert.Equal(permission == Permission.PostgresRead && reach[granted][asked], rights.Allows(permission, scopes[asked]));
                    Assert.False(AccessRights.None.Allows(permission, scopes[asked]));
                }
            }
        }
    }

    [Fact]
    public void Lists_get_the_same_answer_in_sql_as_a_single_question()
    {
        var rights = new AccessRights([
            new HeldGrant(Roles.Permissions(Roles.Reader), AccessScope.Space(Space)), new HeldGrant(Roles.Permissions(Roles.Developer), AccessScope.Resource(OtherSpace, Resource))]);
        Assert.Equal([Space], rights.Spaces(Permission.SpaceRead)!);
        Assert.Null(rights.Resources(Permission.PostgresRead, Space));
        Assert.Equal([Resource], rights.Resources(Permission.PostgresRead, OtherSpace)!);
        Assert.Empty(rights.Resources(Permission.PostgresUpdate, Space)!);
        Assert.True(rights.Sees(OtherSpace));
        Assert.False(rights.Sees(Guid.NewGuid()));
    }

    [Fact]
    public void Nobody_covers_more_than_they_hold()
    {
        var roles = Roles.Names.ToDictionary(r => r, r => new AccessRights([new HeldGrant(Roles.Permissions(r), AccessScope.Organization)]));
        Assert.All(roles.Values, r => Assert.True(roles[Roles.Owner].Covers(r)));
        Assert.False(roles[Roles.Administrator].Covers(roles[Roles.Owner]));
        Assert.All(roles.Where(r => r.Key != Roles.Owner), r => Assert.True(roles[Roles.Administrator].Covers(r.Value)));
        var here = new AccessRights([new HeldGrant(Roles.Permissions(Roles.Owner), AccessScope.Space(Space))]);
        Assert.False(here.Covers(roles[Roles.Reader]));
        Assert.True(here.Covers(new AccessRights([new HeldGrant(Roles.Permissions(Roles.Owner), AccessScope.Resource(Space, Resource))])));
        Assert.True(here.Covers(AccessRights.None));
    }
}
