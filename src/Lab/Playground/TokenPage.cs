using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace LossSpikes.Lab.Playground;

/// <summary>The page that asks for the token and says where it stands. It is complete in itself, since nothing else is served without the token.</summary>
internal static class TokenPage
{
    // Its form asks for the page again, with the token.
    private const string ContentPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static readonly string Page = Encoding.UTF8.GetString(Assets.Read("token.html"));

    /// <summary>Whether a request comes from the address bar of a browser.</summary>
    public static bool IsFor(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);

    /// <summary>Asks for the token.</summary>
    public static Task Write(HttpContext context, string sentence)
    {
        var kept = context.Request.Query.Where(q => q.Key != AccessToken.Parameter).SelectMany(q => q.Value.Select(
            value => $"<input type=\"hidden\" name=\"{WebUtility.HtmlEncode(q.Key)}\" value=\"{WebUtility.HtmlEncode(value)}\">"));
        context.Response.Headers[HeaderNames.ContentSecurityPolicy] = ContentPolicy;
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(Page
            .Replace("{address}", WebUtility.HtmlEncode($"http://{context.Request.Host}/?{AccessToken.Parameter}=…"), StringComparison.Ordinal)
            .Replace("{sentence}", WebUtility.HtmlEncode(sentence), StringComparison.Ordinal)
            .Replace("{kept}", string.Concat(kept), StringComparison.Ordinal));
    }
}
