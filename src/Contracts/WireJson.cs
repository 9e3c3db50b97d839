using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Contracts.Isolation;
using Beffroi.Contracts.Postgres;

namespace Beffroi.Contracts;

/// <summary>
/// How the API's JSON is read and written: camel case, numbers strictly numbers, unknown fields refused.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Resource<PostgresSpec, PostgresStatus>))]
[JsonSerializable(typeof(Page<Resource<PostgresSpec, PostgresStatus>>))]
[JsonSerializable(typeof(PutResource<PostgresSpec>))]
[JsonSerializable(typeof(PostgresCredentials))]
[JsonSerializable(typeof(IsolationVerification))]
[JsonSerializable(typeof(Page<IsolationVerification>))]
[JsonSerializable(typeof(IsolationVerdict))]
[JsonSerializable(typeof(IsolationEvidence))]
[JsonSerializable(typeof(EncryptionVerification))]
[JsonSerializable(typeof(Egress))]
[JsonSerializable(typeof(Page<Peering>))]
[JsonSerializable(typeof(PutPeering))]
[JsonSerializable(typeof(Operation))]
[JsonSerializable(typeof(Page<Operation>))]
[JsonSerializable(typeof(Organization))]
[JsonSerializable(typeof(Page<Organization>))]
[JsonSerializable(typeof(PutOrganization))]
[JsonSerializable(typeof(Space))]
[JsonSerializable(typeof(Page<Space>))]
[JsonSerializable(typeof(PutSpace))]
[JsonSerializable(typeof(ChangeEvent))]
[JsonSerializable(typeof(WhoAmI))]
[JsonSerializable(typeof(Member))]
[JsonSerializable(typeof(Page<Member>))]
[JsonSerializable(typeof(PutMember))]
[JsonSerializable(typeof(ServiceAccount))]
[JsonSerializable(typeof(Page<ServiceAccount>))]
[JsonSerializable(typeof(PutServiceAccount))]
[JsonSerializable(typeof(Group))]
[JsonSerializable(typeof(Page<Group>))]
[JsonSerializable(typeof(PutGroup))]
[JsonSerializable(typeof(Role))]
[JsonSerializable(typeof(Page<Role>))]
[JsonSerializable(typeof(PutRole))]
[JsonSerializable(typeof(Grant))]
[JsonSerializable(typeof(Page<Grant>))]
[JsonSerializable(typeof(PutGrant))]
[JsonSerializable(typeof(AccessToken))]
[JsonSerializable(typeof(Page<AccessToken>))]
[JsonSerializable(typeof(PutToken))]
[JsonSerializable(typeof(AcceptInvitation))]
[JsonSerializable(typeof(OperatorAccount))]
[JsonSerializable(typeof(Page<OperatorAccount>))]
[JsonSerializable(typeof(PutOperatorAccount))]
[JsonSerializable(typeof(Quota))]
[JsonSerializable(typeof(PublicKeys))]
[JsonSerializable(typeof(OAuthToken))]
[JsonSerializable(typeof(OAuthError))]
[JsonSerializable(typeof(QuotaLimits))]
[JsonSerializable(typeof(LedgerPage))]
[JsonSerializable(typeof(OrganizationKey))]
[JsonSerializable(typeof(RotateKey))]
[JsonSerializable(typeof(Page<ResourceKey>))]
[JsonSerializable(typeof(Safeguards))]
[JsonSerializable(typeof(Approval))]
[JsonSerializable(typeof(Page<Approval>))]
[JsonSerializable(typeof(PutLedgerWitness))]
[JsonSerializable(typeof(LedgerWitness))]
[JsonSerializable(typeof(Page<LedgerWitness>))]
[JsonSerializable(typeof(PutLedgerForward))]
[JsonSerializable(typeof(LedgerForward))]
[JsonSerializable(typeof(Page<LedgerForward>))]
[JsonSerializable(typeof(ProblemDocument))]
public sealed partial class WireJson : JsonSerializerContext;
