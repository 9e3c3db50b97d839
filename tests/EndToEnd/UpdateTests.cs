using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.EndToEnd.Tests;

/// <summary>A database takes a newer image: its node is made anew from it, and all that it is and holds was on its volume.</summary>
public sealed class UpdateTests(InstalledProduct product)
{
    private const string Space = "demo/updates";

    [Fact]
    public async Task A_database_runs_from_a_newer_image_when_asked_for_and_is_what_it_was()
    {
        var alias = product.Installation.ImageAlias("postgres");
        await DoneAsync("space", "create", Space, "--evaluation");
        await DoneAsync("postgres", "create", "one", "--space", Space, "--storage", "1GiB", "--deletion-protection", "off");
        var plant = await QueryAsync("create table kept (t text); insert into kept values ('as it was')");
        Assert.True(plant.ExitCode == 0, plant.Error);
        var (digest, node) = await ImageAsync();
        var newer = await ImportAsync();
        try
        {
            await PointAsync(alias, newer);
            await DoneAsync("postgres", "apply-updates", "one", "--space", Space);
            Assert.Equal((newer, node), await ImageAsync());
            var kept = await QueryAsync("select t from kept");
            Assert.True(kept.Output == "as it was\n", kept.Output + kept.Error);
        }
        finally
        {
            await product.CliAsync("postgres", "delete", "one", "--space", Space, "--yes");
            await PointAsync(alias, digest);
            await IncusAsync("image", "delete", newer);
        }
    }

    /// <summary>The installed image with another date: the next one, as far as anybody can tell.</summary>
    private static async Task<string> ImportAsync()
    {
        const string built = "/artifacts/image-cache/postgres";
        var folder = Directory.CreateTempSubdirectory("beffroi-test-image-").FullName;
        try
        {
            await Commands.RunAsync("tar", ["--extract", "--file", InstalledProduct.Sources + built + "/metadata.tar", "--directory", folder]);
            var text = await File.ReadAllTextAsync(folder + "/metadata.yaml");
            await File.WriteAllTextAsync(folder + "/metadata.yaml", text.Replace("creation_date: ", "creation_date: 1", StringComparison.Ordinal));
            await Commands.RunAsync("tar", ["--create", "--file", folder + "/metadata.tar", "--directory", folder, "metadata.yaml"]);
            return (await IncusAsync("image", "import", folder + "/metadata.tar", InstalledProduct.Sources + built + "/rootfs.tar")).Trim().Split(' ')[^1];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task<string> PointAsync(string alias, string image) => IncusAsync(
        "query", "--request", "PUT", "--data", new JsonObject { ["target"] = image, ["description"] = "Beffroi installation " + product.Installation.Name }.ToJsonString(), "/1.0/images/aliases/" + alias);

    private async Task<(string Digest, string Node)> ImageAsync()
    {
        var status = JsonNode.Parse((await product.CliAsync("postgres", "show", "one", "--space", Space, "--output", "json")).Output)!["status"]!;
        return ((string)status["image"]!["digest"]!, (string)status["nodes"]![0]!["name"]!);
    }

    private async Task DoneAsync(params string[] arguments)
    {
        var done = await product.CliAsync(arguments);
        Assert.True(done.ExitCode == 0, string.Join(' ', arguments) + ": " + done.Output + done.Error);
    }

    private Task<Outcome> QueryAsync(string sql) => product.CliAsync("postgres", "connect", "one", "--space", Space, "--", "-XAtc", sql);

    private static Task<string> IncusAsync(params string[] arguments) => Commands.RunAsync("incus", arguments);
}
