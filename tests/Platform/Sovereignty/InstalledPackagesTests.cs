using Beffroi.Platform.Http;
using Beffroi.Platform.Sovereignty;

namespace Beffroi.Platform.Tests.Sovereignty;

/// <summary>What is installed is read from the images' bills of materials and the host's package database, whatever stands in them.</summary>
public sealed class InstalledPackagesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("beffroi-test-register-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Versions_and_licences_are_those_of_every_image_and_of_the_host()
    {
        Image("one", """
            {"type":"application","name":"beffroi-agent","version":"1"},
            {"type":"library","name":"openssl","version":"3.5.1-1","purl":"pkg:deb/debian/openssl@3.5.1-1?arch=amd64","licenses":[{"license":{"name":"Apache-2.0"}},{"license":{"name":"BSD-3-clause"}}]},
            {"type":"library","name":"iproute2","version":"6.15-1","purl":"pkg:deb/debian/iproute2@6.15-1?arch=amd64"}
            """);
        Image("two", """{"type":"library","name":"openssl","version":"3.5.2-1","purl":"pkg:deb/debian/openssl@3.5.2-1?arch=amd64"}""");
        File.WriteAllText(Database, "Package: iproute2\nStatus: install ok installed\nVersion: 6.1.0-3\n\nPackage: incus\nStatus: deinstall ok config-files\nVersion: 6.0\n\nPackage: bash\nStatus: install ok installed\nVersion: 5.2\n");
        var entries = Installed().Read().ToDictionary(e => e.Id);

        Assert.Equal(("image", "3.5.1-1, 3.5.2-1", "Apache-2.0, BSD-3-clause"), (entries["debian:openssl"].Source, entries["debian:openssl"].Version, entries["debian:openssl"].Licence));
        Assert.Equal(["software:image-postgres"], entries["debian:openssl"].Carries.Select(c => c.Id));
        Assert.Equal("6.1.0-3, 6.15-1", entries["debian:iproute2"].Version);
        Assert.Equal(["software:image-postgres", "software:host-system"], entries["debian:iproute2"].Carries.Select(c => c.Id));
        // Chosen, but not there now; and there, but none of ours.
        Assert.Equal(("host", null), (entries["debian:incus"].Source, entries["debian:incus"].Version));
        Assert.Null(entries["debian:patroni"].Version);
        Assert.DoesNotContain("debian:bash", entries.Keys);
        Assert.DoesNotContain("debian:beffroi-agent", entries.Keys);
    }

    [Fact]
    public void A_new_image_is_seen_and_nothing_is_there_twice()
    {
        var installed = Installed();
        Assert.DoesNotContain(installed.Read(), e => e.Id == "debian:zstd");
        Image("new", """{"name":"zstd","version":"1.5","purl":"pkg:deb/debian/zstd@1.5"},{"name":"zstd","version":"1.5","purl":"pkg:deb/debian/zstd@1.5"}""");
        Assert.Equal("1.5", Assert.Single(installed.Read(), e => e.Id == "debian:zstd").Version);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"components\":{}}")]
    [InlineData("{\"components\":[null,1,\"x\",{},{\"name\":1,\"purl\":\"pkg:deb/debian/a\"},{\"name\":\"../../etc\",\"version\":\"1\",\"purl\":\"pkg:deb/debian/x\"},{\"name\":\"<script>\",\"version\":\"1\",\"purl\":\"pkg:deb/debian/x\"}]}")]
    [InlineData("{\"components\":[{\"name\":\"ab\",\"version\":{},\"purl\":\"pkg:deb/debian/ab\",\"licenses\":[1]}]}")]
    public void A_bill_that_is_none_adds_nothing(string text)
    {
        var before = Installed().Read();
        File.WriteAllText(_directory.FullName + "/bad.cdx.json", text);
        Assert.Equal(before.Select(e => e.Id), Installed().Read().Select(e => e.Id));
    }

    private string Database => _directory.FullName + "/status";

    private InstalledPackages Installed() => new(new ApiOptions { ImagesDirectory = _directory.FullName, PackageDatabase = Database });

    private void Image(string digest, string components) => File.WriteAllText($"{_directory.FullName}/{digest}.cdx.json", $$"""{ "bomFormat": "CycloneDX", "components": [{{components}}] }""");
}
