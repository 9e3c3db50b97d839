using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.Infrastructure.Tests;

/// <summary>What beffroi-host refuses before doing anything.</summary>
public sealed partial class EndpointTests(HostProcess host) : IDisposable
{
    private const string Id = "5f0c8f0e-58a5-4d7a-9a3c-6f0f6f1f2a11";
    private static readonly string Key = Convert.ToBase64String(Encoding.ASCII.GetBytes("canary-key-canary-key-canary-key-canary-key-canary-key-canary-ke"));
    private readonly HttpClient _http = UnixSocketHttp.Connect(host.Installation.HostSocket);

    public static TheoryData<string, string, string> Faults => new()
    {
        { "ensure-volume", """{"extra":1}""", "$.extra" },
        { "ensure-volume", """{"sizeBytes":null}""", "$.sizeBytes" },
        { "ensure-volume", """{"sizeBytes":"1073741824"}""", "$.sizeBytes" },
        { "ensure-volume", """{"sizeBytes":1024}""", "sizeBytes" },
        { "ensure-volume", """{"sizeBytes":1073741825}""", "sizeBytes" },
        { "ensure-volume", """{"sizeBytes":17592186044417}""", "sizeBytes" },
        { "ensure-volume", """{"key":"c2hvcnQ="}""", "key" },
        { "ensure-volume", """{"key":"not base64 canary"}""", "$.key" },
        { "ensure-volume", """{"volumeId":"../../etc"}""", "$.volumeId" },
        { "ensure-volume", """{"volumeId":"00000000-0000-0000-0000-000000000000"}""", "volumeId" },
        { "ensure-volume", """{"fence":{"resourceId":"5f0c8f0e-58a5-4d7a-9a3c-6f0f6f1f2a11","epoch":0}}""", "fence.epoch" },
        { "ensure-volume", """{"fence":{"resourceId":"5f0c8f0e-58a5-4d7a-9a3c-6f0f6f1f2a11","epoch":1,"more":2}}""", "$.fence.more" },
        { "ensure-network", """{"index":-1}""", "index" },
        { "ensure-network", """{"index":256}""", "index" },
        { "ensure-instance", """{"hostNumber":1}""", "hostNumber" },
        { "ensure-instance", """{"hostNumber":255}""", "hostNumber" },
        { "ensure-instance", """{"image":"../x"}""", "image" },
        { "ensure-instance", """{"image":""}""", "image" },
        { "ensure-instance", """{"limits":{"cpus":0,"memoryBytes":268435456,"processes":100,"rootDiskBytes":1073741824}}""", "limits.cpus" },
        { "ensure-instance", """{"limits":{"cpus":1,"memoryBytes":1,"processes":100,"rootDiskBytes":1073741824}}""", "limits.memoryBytes" },
        { "ensure-instance", """{"limits":{"cpus":1,"memoryBytes":268435456,"processes":1,"rootDiskBytes":1073741824}}""", "limits.processes" },
        { "ensure-instance", """{"bootstrap":{"token":"dG9r","agentAuthority":"no","agentPort":7443}}""", "bootstrap.agentAuthority" },
        { "ensure-instance", """{"bootstrap":{"token":"YQpi","agentAuthority":"-----BEGIN CERTIFICATE-----","agentPort":7443}}""", "bootstrap.token" },
        { "set-token", """{"token":7}""", "$.token" },
    };

    public void Dispose() => _http.Dispose();

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_is_named_and_nothing_is_done(string verb, string change, string field)
    {
        var body = Valid(verb);
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
        {
            body[name] = value?.DeepClone();
        }

        var (status, answer) = await PostAsync(verb, body.ToJsonString());
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("invalid-request", answer["type"]!.GetValue<string>());
        Assert.Contains(field, answer["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", answer.ToJsonString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(host.VolumesRoot + "/" + Guid.Parse(Id).ToString("N")));
    }

    [Theory]
    [InlineData("ensure-volume")]
    [InlineData("ensure-network")]
    [InlineData("ensure-instance")]
    [InlineData("set-token")]
    public async Task No_member_may_be_left_out(string verb)
    {
        foreach (var (name, _) in Valid(verb))
        {
            var body = Valid(verb);
            body.Remove(name);
            Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(verb, body.ToJsonString())).Status);
        }

        foreach (var nonsense in (string[])["", "null", "[]", "{", "7"])
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(verb, nonsense)).Status);
        }
    }

    [Fact]
    public async Task A_large_body_another_verb_and_another_method_are_refused()
    {
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostAsync("ensure-volume", "{\"x\":\"" + new string('a', 70_000) + "\"}")).Status);
        using var unknown = await _http.PostAsync("/v1/exec", new StringContent("{}"));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var get = await _http.GetAsync("/v1/get-inventory");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
    }

    [Fact]
    public async Task Another_user_is_kept_out_by_the_sockets_mode_and_by_who_it_is()
    {
        var path = host.Installation.HostSocket;
        var mode = File.GetUnixFileMode(path);
        Assert.Equal(UnixFileMode.None, mode & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite));
        // The group of an installation's user; the tests' nobody still has root's.
        await Commands.RunAsync("chgrp", ["daemon", path]);
        Assert.Equal("no access", await AskAsNobodyAsync(path));
        File.SetUnixFileMode(path, mode | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        try
        {
            Assert.Equal("closed", await AskAsNobodyAsync(path));
        }
        finally
        {
            File.SetUnixFileMode(path, mode);
            await Commands.RunAsync("chgrp", ["root", path]);
        }
    }

    [Theory]
    [InlineData("""{"installation":"other"}""")]
    [InlineData("""{"spaceRange":"10.0.0.0/30"}""")]
    [InlineData("""{"agentPort":0}""")]
    [InlineData("""{"encryption":"none"}""")]
    [InlineData("""{"unknown":1}""")]
    [InlineData("")]
    public async Task A_configuration_that_is_not_usable_says_so(string text)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, text);
            Assert.Contains(path, Assert.Throws<InfrastructureException>(() => HostOptions.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static JsonObject Valid(string verb)
    {
        var fence = new JsonObject { ["resourceId"] = Id, ["epoch"] = 1 };
        return verb switch
        {
            "ensure-network" => new JsonObject { ["fence"] = fence, ["spaceId"] = Id, ["index"] = 8 },
            "ensure-volume" => new JsonObject { ["fence"] = fence, ["volumeId"] = Id, ["sizeBytes"] = 1L << 30, ["key"] = Key },
            "set-token" => new JsonObject { ["fence"] = fence, ["instanceId"] = Id, ["spaceId"] = Id, ["token"] = "dG9r" },
            _ => new JsonObject
            {
                ["fence"] = fence,
                ["instanceId"] = Id,
                ["spaceId"] = Id,
                ["spaceIndex"] = 8,
                ["hostNumber"] = 10,
                ["image"] = "tiny",
                ["volumeId"] = Id,
                ["limits"] = new JsonObject { ["cpus"] = 1, ["memoryBytes"] = 256L << 20, ["processes"] = 100, ["rootDiskBytes"] = 1L << 30 },
                ["bootstrap"] = new JsonObject { ["token"] = "dG9r", ["agentAuthority"] = "-----BEGIN CERTIFICATE-----", ["agentPort"] = 7443 },
            },
        };
    }

    private async Task<(HttpStatusCode Status, JsonObject Answer)> PostAsync(string verb, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync("/v1/" + verb, content);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject());
    }

    /// <summary>Connects as the user nobody: by the bare system call, which changes the calling thread only.</summary>
    private static Task<string> AskAsNobodyAsync(string path)
    {
        const long setresuid = 117;
        const uint nobody = 65534;
        return Task.Factory.StartNew(
            () =>
            {
                using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                Assert.Equal(0, Syscall(setresuid, uint.MaxValue, nobody, uint.MaxValue));
                try
                {
                    socket.Connect(new UnixDomainSocketEndPoint(path));
                }
                catch (SocketException)
                {
                    return "no access";
                }
                finally
                {
                    Assert.Equal(0, Syscall(setresuid, uint.MaxValue, 0, uint.MaxValue));
                }

                try
                {
                    socket.Send("POST /v1/get-inventory HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"u8);
                    return socket.Receive(new byte[16]) == 0 ? "closed" : "answered";
                }
                catch (SocketException)
                {
                    return "closed";
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial int Syscall(long number, uint first, uint second, uint third);
}
