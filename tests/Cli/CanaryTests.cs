using System.Diagnostics;
using Beffroi.Hosts.Cli.Encryption;
using Beffroi.Hosts.Cli.Postgres;
using Beffroi.Testing;
using Npgsql;

namespace Beffroi.Cli.Tests;

/// <summary>What is planted is found in the files that a real PostgreSQL writes, in what is made of them by the compressions that the platform has, and in memory.</summary>
public sealed class CanaryTests : IAsyncLifetime
{
    private readonly PostgresServer _postgres = new();
    private readonly Canary _canary = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("beffroi-canary-").FullName;
    private NpgsqlConnectionStringBuilder _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = new(await _postgres.CreateDatabaseAsync());

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task It_is_found_in_a_table_s_file_and_in_what_is_compressed_of_it()
    {
        await RunAsync(Canary.Plant);
        var file = await RunAsync($"select current_setting('data_directory') || '/' || pg_relation_filepath('{Canary.Table}')");
        Assert.True(Holds(file));
        // As backups lie: among other files, and compressed as a whole.
        var bundle = _folder + "/bundle";
        await File.WriteAllBytesAsync(bundle, [.. Enumerable.Repeat((byte)'a', 300_000), .. await File.ReadAllBytesAsync(file, Cancel), .. new byte[100_000]], Cancel);
        foreach (var (program, level) in ((string, string)[])[("zstd", "-1"), ("zstd", "-3"), ("zstd", "-19"), ("lz4", "-1"), ("lz4", "-9"), ("gzip", "-1"), ("gzip", "-9")])
        {
            var packed = $"{_folder}/{program}{level}";
            using (var process = Process.Start("bash", ["-c", "\"$0\" -q \"$1\" -c \"$2\" > \"$3\"", program, level, bundle, packed]))
            {
                await process.WaitForExitAsync(Cancel);
                Assert.Equal(0, process.ExitCode);
            }

            Assert.InRange(new FileInfo(packed).Length, 50_000, 200_000);
            Assert.True(Holds(packed), packed);
        }

        // Damaged, it is looked into as far as it goes, and then as it lies.
        var damaged = await File.ReadAllBytesAsync(_folder + "/gzip-9", Cancel);
        damaged.AsSpan(40).Clear();
        await File.WriteAllBytesAsync(bundle, damaged, Cancel);
        Assert.False(Holds(bundle));
        await File.WriteAllBytesAsync(bundle, [0x1f, 0x8b, 8], Cancel);
        Assert.False(Holds(bundle));
        Assert.Equal(_canary.Word, await RunAsync(Canary.Reap));
    }

    [Fact]
    public async Task It_is_found_in_the_memory_of_who_has_it_and_of_nobody_else()
    {
        var search = new MemorySearch(_canary.Sought);
        using var bystander = Process.Start(new ProcessStartInfo("/bin/sleep", ["60"]))!;
        using var holder = Process.Start(new ProcessStartInfo("/bin/sleep", ["60"]) { Environment = { ["HELD"] = _canary.Word } })!;
        try
        {
            Assert.False(search.Holds(bystander.Id));
            Assert.True(search.Holds(holder.Id));
            Assert.Equal(2, search.Processes);
            // It holds nothing of its own memory against itself, nor what is no process.
            Assert.False(search.Holds(Environment.ProcessId));
        }
        finally
        {
            bystander.Kill();
            holder.Kill();
        }

        await holder.WaitForExitAsync(Cancel);
        Assert.False(search.Holds(holder.Id));
    }

    private bool Holds(string file) => new PlaintextSearch(_canary.Sought).Holds(file);

    private async Task<string> RunAsync(string sql)
    {
        var (code, output, error) = await Psql.RunAsync(
            "psql", ["-h", _server.Host!, "-U", _server.Username!, "-d", _server.Database!, "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-"], _canary.Variables + sql, Cancel);
        Assert.True(code == 0, error);
        return output.Trim();
    }
}
