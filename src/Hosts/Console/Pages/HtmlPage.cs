using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A page: rendered as a whole before its first byte is sent, so that a failure is never half a page.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="parameters">The component's.</param>
internal sealed class HtmlPage<TComponent>(int status, Dictionary<string, object?> parameters) : IResult
    where TComponent : IComponent
{
    private const string Policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    // Files of ours, which talk to the console alone; text never becomes markup or a script (Trusted Types).
    private const string WithScripts = "; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        await using var renderer = new HtmlRenderer(httpContext.RequestServices, httpContext.RequestServices.GetRequiredService<ILoggerFactory>());
        var html = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<TComponent>(ParameterView.FromDictionary(parameters))).ToHtmlString());
        httpContext.Response.StatusCode = status;
        if (Visits.IsLive(httpContext))
        {
            var tag = '"' + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(html))) + '"';
            httpContext.Response.Headers.ETag = tag;
            if (status == 200 && httpContext.Request.Headers.IfNoneMatch == tag)
            {
                httpContext.Response.StatusCode = 304;
                return;
            }
        }

        httpContext.Response.ContentType = "text/html; charset=utf-8";
        httpContext.Response.Headers.ContentSecurityPolicy = parameters.GetValueOrDefault("Around") is Frame { Scripts.Count: > 0 } ? Policy + WithScripts : Policy;
        await httpContext.Response.WriteAsync("<!doctype html>\n" + html, httpContext.RequestAborted);
    }
}
