using System.Security.Cryptography;
using System.Text;
using LossSpikes.Lab.Playground.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LossSpikes.Lab.Playground;

/// <summary>
/// Lets pass only what our own page asks. Any page of the internet may make this browser send requests to this machine: they
/// carry a foreign Origin or, after DNS rebinding, a foreign Host, and none knows the token.
/// </summary>
internal sealed class RequestFilter
{
    /// <summary>The header in which actions bring the token.</summary>
    public const string TokenHeader = "X-Playground-Token";

    private const int TokenBytes = 32;

    // Plotly sets style attributes; a picture to download is drawn from a blob.
    private const string ContentPolicy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>What actions must bring: unguessable, new in every process.</summary>
    public string Token { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(TokenBytes));

    /// <summary>The port that was bound.</summary>
    public int Port { get; set; }

    /// <summary>Answers what may not pass.</summary>
    public async Task Handle(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-cache";
        if (Objection(context.Request) is { } objection)
        {
            await Refusal.Write(context, objection.Status, objection.Sentence);
            return;
        }

        await next(context);
    }

    private (int Status, string Sentence)? Objection(HttpRequest request) =>
        !IsOurs(request.Host) ? (StatusCodes.Status421MisdirectedRequest, "this address is not served here")
        : !request.Headers.Origin.All(IsOurOrigin) ? (StatusCodes.Status403Forbidden, "pages from elsewhere are not answered")
        : HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) ? null
        : !HttpMethods.IsPost(request.Method) ? (StatusCodes.Status405MethodNotAllowed, "only GET and POST are answered")
        : HasBody(request) ? (StatusCodes.Status413PayloadTooLarge, "actions have no body")
        : !HasToken(request) ? (StatusCodes.Status403Forbidden, "this action needs the page's token; load the page again")
        : null;

    private bool IsOurs(HostString host) => host.Host is "127.0.0.1" or "localhost" && (host.Port ?? 80) == Port;

    private bool IsOurOrigin(string? origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && IsOurs(new HostString(uri.Host, uri.Port));

    private static bool HasBody(HttpRequest request) => request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };

    private bool HasToken(HttpRequest request) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Headers[TokenHeader].ToString()), Encoding.UTF8.GetBytes(Token));
}
