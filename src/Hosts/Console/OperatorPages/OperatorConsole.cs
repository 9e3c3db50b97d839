using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.Pages;
using Beffroi.Hosts.WebConsole.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>The operator's console: for those who run the installation, with nothing of what customers have in it. It has sessions, cookies and pages of its own.</summary>
public static class OperatorConsole
{
    /// <summary>Maps the pages under <c>/console</c>, which the host must serve on the operator's listener only.</summary>
    public static IEndpointConventionBuilder MapOperatorConsole(this IEndpointRouteBuilder routes)
    {
        var console = routes.MapGroup("/console").WithMetadata(ConsoleSite.Operator);
        Get("", OperatorOverviewEndpoint.ShowAsync);
        Get("/zones", ZonesEndpoint.ListAsync);
        Get("/zones/{zone}", ZonesEndpoint.ShowAsync);
        Get("/hosts", HostsEndpoint.ShowAsync);
        Get("/images", ImagesEndpoint.ShowAsync);
        Get("/organizations", OrganizationsEndpoint.ListAsync);
        Post("/organizations", OrganizationsEndpoint.CreateAsync);
        Get("/organizations/{organization}", OrganizationsEndpoint.ShowAsync);
        Post("/organizations/{organization}", OrganizationsEndpoint.SetQuotaAsync);
        Get("/prices", PricesEndpoint.ShowAsync);
        Post("/prices", PricesEndpoint.DeclareAsync);
        Get("/lockbox", RequestsEndpoint.ListAsync);
        Get("/lockbox/{id}", RequestsEndpoint.ShowAsync);
        Post("/lockbox/{id}/withdraw", RequestsEndpoint.WithdrawAsync);
        Get("/people", PeopleEndpoint.ListAsync);
        Post("/people", PeopleEndpoint.InviteAsync);
        MapPerson();
        Get("/ledger", LedgerEndpoint.ShowAsync);
        Get("/register", RegisterEndpoint.ShowAsync);
        Get("/register/sovereignty", SovereigntyEndpoint.ShowAsync);
        Get("/shown/{id}", visit => Task.FromResult(ShownOnceEndpoint.Show(visit, visit.Route("id"))));
        foreach (var (path, file, type) in (IEnumerable<(string, string, string)>)[("/console.css", "console.css", "text/css; charset=utf-8"), ("/icon.svg", "operator-icon.svg", "image/svg+xml")])
        {
            var content = ConsoleModule.Read(file);
            console.MapGet(path, (HttpContext http) =>
            {
                http.Response.Headers.CacheControl = "max-age=3600";
                return Results.Text(content, type);
            });
        }

        console.MapGet("/{**rest}", (HttpContext http) => Of(http).NotFound(http));
        SignInEndpoints.Map(console, http => http.RequestServices.GetRequiredKeyedService<SignInEndpoints>(ConsoleSite.Operator));
        return console;

        void MapPerson()
        {
            const string One = "/people/{person}";
            Get(One, PersonEndpoint.ShowAsync);
            Post(One + "/roles", PersonEndpoint.SetRolesAsync);
            Post(One + "/disable", visit => PersonEndpoint.SwitchAsync(visit, disabled: true));
            Post(One + "/enable", visit => PersonEndpoint.SwitchAsync(visit, disabled: false));
            Get(One + "/reset", visit => PersonEndpoint.ConfirmAsync(visit, remove: false));
            Post(One + "/reset", PersonEndpoint.ResetAsync);
            Get(One + "/remove", visit => PersonEndpoint.ConfirmAsync(visit, remove: true));
            Post(One + "/remove", PersonEndpoint.RemoveAsync);
            Post(One + "/sessions/{session}/end", PersonEndpoint.EndSessionAsync);
        }

        // As delegates that answer with a result: by itself, such a lambda would be one that has written its answer.
        void Get(string path, Func<Visit, Task<IResult>> page) => console.MapGet(path, (Delegate)((HttpContext http) => Of(http).RunAsync(http, page)));

        void Post(string path, Func<Visit, Task<IResult>> page) => console.MapPost(path, (Delegate)((HttpContext http) => Of(http).RunAsync(http, page)));
    }

    /// <summary>Adds what the pages need, beside what the customers' have.</summary>
    internal static IServiceCollection AddOperatorConsole(this IServiceCollection services) => services
        .AddKeyedSingleton(ConsoleSite.Operator, (provider, _) => new SessionStore(
            provider.GetRequiredService<IConsoleSignIn>(), provider.GetRequiredService<ConsoleOptions>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SessionStore>>()))
        // Not as a hosted service of its type, of which there would be one: that of the customers'.
        .AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<SessionStore>(ConsoleSite.Operator))
        .AddKeyedSingleton(ConsoleSite.Operator, (provider, _) => new SignInEndpoints(
            provider.GetRequiredService<IConsoleSignIn>(), provider.GetRequiredKeyedService<SessionStore>(ConsoleSite.Operator), provider.GetRequiredService<IConsoleApi>(),
            provider.GetRequiredService<ConsoleOptions>(), provider.GetRequiredService<TimeProvider>()))
        .AddKeyedSingleton(ConsoleSite.Operator, (provider, _) => new Visits(
            provider.GetRequiredKeyedService<SessionStore>(ConsoleSite.Operator), provider.GetRequiredService<IConsoleApi>(), provider.GetRequiredService<ConsoleOptions>(),
            provider.GetRequiredService<ILogger<Visits>>()));

    private static Visits Of(HttpContext http) => http.RequestServices.GetRequiredKeyedService<Visits>(ConsoleSite.Operator);
}
