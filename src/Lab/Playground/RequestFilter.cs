using LossSpikes.Lab.Playground.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LossSpikes.Lab.Playground;

/// <summary>
/// Lets pass only what our own pages ask for people who have the token. Any page of the internet may make a browser send requests to this
/// machine: they say that they come from another site or, after DNS rebinding, ask for a foreign host, and none knows the token.
/// </summary>
internal sealed class RequestFilter(AccessToken token)
{
    // Plotly sets style attributes; a picture to download is drawn from a blob.
    private const string ContentPolicy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri "
        + "'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Elsewhere = "requests of other sites are not answered; type or paste the address into the address bar of the browser",
        Missing = "this lab asks for its token, which is new at every start: open the address that its terminal shows", Wrong = "That was not the token.";

    /// <summary>Where it answers, once the port is bound.</summary>
    public OwnAddress Own { get; set; } = new(0, []);

    /// <summary>Answers what may not pass.</summary>
    public async Task Handle(HttpContext context, RequestDelegate next)
    {
        var (request, headers) = (context.Request, context.Response.Headers);
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-cache";
        if (Objection(request) is { } objection)
        {
            await Refusal.Write(context, objection.Status, objection.Sentence);
        }
        else if (HttpMethods.IsGet(request.Method) && request.Query[AccessToken.Parameter] is [{ } brought])
        {
            await Exchange(context, brought);
        }
        else if (!token.IsIn(request))
        {
            await (TokenPage.IsFor(request)
                ? TokenPage.Write(context, "Other users of this machine can reach it too.")
                : Refusal.Write(context, StatusCodes.Status401Unauthorized, Missing));
        }
        else
        {
            await next(context);
        }
    }

    private (int Status, string Sentence)? Objection(HttpRequest request) =>
        !Own.IsHost(request.Host.Value) ? (StatusCodes.Status421MisdirectedRequest, Own.Refuse(request.Host.Value))
        : !(request.Headers["Sec-Fetch-Site"].All(s => s is "same-origin" or "none") && request.Headers.Origin.All(Own.IsOrigin))
            ? (StatusCodes.Status403Forbidden, Elsewhere)
        : HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) ? null
        : !HttpMethods.IsPost(request.Method) ? (StatusCodes.Status405MethodNotAllowed, "only GET and POST are answered")
        : HasBody(request) ? (StatusCodes.Status413PayloadTooLarge, "actions have no body")
        : null;

    /// <summary>The token goes from the address into a cookie, so that it stands neither in the history nor in what a person copies.</summary>
    private async Task Exchange(HttpContext context, string brought)
    {
        if (!token.Is(brought))
        {
            await (TokenPage.IsFor(context.Request)
                ? TokenPage.Write(context, Wrong)
                : Refusal.Write(context, StatusCodes.Status401Unauthorized, Missing));
            return;
        }

        var request = context.Request;
        var query = QueryString.Create(request.Query.Where(q => q.Key != AccessToken.Parameter));
        token.Keep(context);
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = $"http://{request.Host}{request.Path.ToUriComponent()}{query}";
    }

    private static bool HasBody(HttpRequest request) => request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };
}
