using System.Reflection;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;

namespace Beffroi.Platform.Tests.Access;

public sealed class AuthorizerTests
{
    private static readonly Guid Own = Guid.NewGuid();
    private static readonly Guid Other = Guid.NewGuid();

    public static TheoryData<string> AllPermissions =>
        [.. typeof(Permission).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!), "", "unknown", "organization.MANAGE"];

    [Theory]
    [MemberData(nameof(AllPermissions))]
    public void The_complete_matrix(string permission)
    {
        var authorizer = new Authorizer();
        var customer = new Principal(Guid.NewGuid(), "alice", Own);
        var operators = new Principal(Guid.NewGuid(), "admin", null);
        var ofCustomers = permission is "organization.read" or "space.read" or "space.create" or "operation.read" or "postgres.read" or "postgres.create"
            or "postgres.update" or "postgres.delete" or "postgres.credentials.read" or "ledger.read" or "ledger.manage";

        Assert.Equal(ofCustomers, authorizer.IsAllowed(customer, permission, Own));
        Assert.False(authorizer.IsAllowed(customer, permission, Other));
        Assert.False(authorizer.IsAllowed(customer, permission, null));
        Assert.False(authorizer.IsAllowed(customer, permission, Guid.Empty));
        foreach (var organization in new Guid?[] { null, Own, Other })
        {
            Assert.Equal(permission == "organization.manage", authorizer.IsAllowed(operators, permission, organization));
        }
    }
}
