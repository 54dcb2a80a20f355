using Microsoft.AspNetCore.Http;

namespace LossSpikes.Lab.Playground.Requests;

/// <summary>An answer that says in one sentence why there is none.</summary>
internal static class Refusal
{
    /// <summary>Writes it, unless the answer has begun already: then the connection ends, so that it is not taken for whole.</summary>
    public static async Task Write(HttpContext context, int status, string sentence)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(sentence + "\n");
    }
}
