using System.Globalization;
using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using Beffroi.Agent;
using Beffroi.Agent.Backup;
using Beffroi.Agent.Bootstrap;
using Beffroi.Agent.Channel;
using Beffroi.Agent.Files;
using Beffroi.Agent.History;
using Beffroi.Agent.Identity;
using Beffroi.Agent.Postgres;
using Beffroi.Agent.Probing;
using Beffroi.Contracts.Agents;

// The agent of an instance: dials the control plane, fetches what this instance shall be, keeps it so, and reports. It listens nowhere.
using var stopping = new CancellationTokenSource();
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stopping.Cancel();
});

var time = TimeProvider.System;
var log = new RecentLog(Console.Error, time);
Console.SetError(log);
using var host = new GuestApi();
var instanceId = await host.RequireAsync("instance", stopping.Token);
var gateway = await host.RequireAsync("gateway", stopping.Token);
var address = await host.RequireAsync("address", stopping.Token);
await InstanceNetwork.EnsureAsync(address, gateway, stopping.Token);
var controlPlane = new ControlPlane(
    IPAddress.Parse(gateway),
    int.Parse(await host.RequireAsync("agent-port", stopping.Token), CultureInfo.InvariantCulture),
    await host.RequireAsync("agent-authority", stopping.Token));

const string directory = PostgresPaths.Volume + "/agent";
PrivateFile.Directory(directory, Account.Root);
var file = new DesiredFile(directory + "/desired.bin");
using var state = new NodeState();
if (file.Load() is { } known)
{
    state.Want(known);
}

var tool = new PgBackRest();
using var work = new RepositoryWork(tool, new RestoreDrill(tool, time), state, time);
var repository = new RepositoryNode(instanceId, work, time);
using var history = new HistoryKeeper(PostgresPaths.History, Account.Root, time);
await using var postgres = new PostgresNode(instanceId, history, time);
using var probe = new ProbeNode(instanceId, address, controlPlane, host, time);
const string identity = directory + "/identity";
var enrolment = new Enrolment(instanceId, controlPlane, host, new KeyPair(identity, Account.Root), time);
var certificates = new HeldCertificates(("client", identity), ("server", PostgresPaths.Tls), ("node", PostgresPaths.Peer), ("etcd", EtcdNode.Tls), ("space", BackupPaths.Tls));
var channel = new ChannelLoop(controlPlane, enrolment, file, state, GatherAsync, question => question.Log is null ? history.Answer(question) : log.Answer(question), time);
var apply = new ApplyLoop(postgres, probe, repository, channel, state, time);
Log.Write("beffroi-agent " + Version() + " of instance " + instanceId);
try
{
    // The first that ends ends them all: what one of them keeps must not go unkept in silence, and the supervisor starts this anew.
    Task[] loops = [channel.RunAsync(stopping.Token), apply.RunAsync(stopping.Token), .. postgres.Guards(state, stopping.Token), work.RunAsync(stopping.Token)];
    await await Task.WhenAny(loops);
    await Task.WhenAll(loops);
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    // Asked to stop. What it started goes on.
}

return 0;

async Task<Facts> GatherAsync(CancellationToken cancellationToken)
{
    var volume = new DriveInfo(PostgresPaths.Volume);
    var desired = state.Desired;
    var applied = desired is not null && state.AppliedVersion == desired.Version;
    var isProbe = desired is { Probe: not null };
    var facts = new Facts
    {
        Probe = isProbe ? probe.Facts : null,
        AgentVersion = Version(),
        Boot = InstanceBoot(),
        AppliedVersion = state.AppliedVersion,
        Pending = state.Pending,
        VolumeSizeBytes = volume.TotalSize,
        VolumeUsedBytes = volume.TotalSize - volume.TotalFreeSpace,
    };
    facts.Certificates.AddRange(certificates.Find());
    if (desired?.Repository is not null)
    {
        facts.Repository = repository.Gather(applied);
    }
    else if (!isProbe)
    {
        facts.Postgres = await postgres.GatherAsync(desired?.Postgres, applied, cancellationToken);
    }

    return facts;
}

// When PID 1 started (proc_pid_stat(5), field 22): the instance's own boot, where the boot id is the host's.
static string InstanceBoot()
{
    var stat = File.ReadAllText("/proc/1/stat");
    return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
}

static string Version() => Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
