using LossSpikes.Lab.Playground.Requests;
using Microsoft.AspNetCore.Http;

namespace LossSpikes.Lab.Playground;

/// <summary>What goes wrong while answering: a sentence to the browser, and to the terminal where it is the lab's own fault.</summary>
internal sealed class Faults(TextWriter diagnostics)
{
    /// <summary>Answers with the faults of the rest of the pipeline.</summary>
    public async Task Handle(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The browser no longer wants the answer.
        }
        catch (BusyException e)
        {
            await Refusal.Write(context, StatusCodes.Status429TooManyRequests, e.Message);
        }
        catch (InputException e)
        {
            await Refusal.Write(context, StatusCodes.Status400BadRequest, e.Message);
        }
        catch (BadHttpRequestException e)
        {
            await Refusal.Write(context, e.StatusCode, e.Message);
        }
        catch (Exception e)
        {
            var fault = $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}";
            diagnostics.WriteLine($"{context.Request.Method} {context.Request.Path}: {fault} ({e.StackTrace?.Split('\n')[0].Trim()})");
            await Refusal.Write(context, StatusCodes.Status500InternalServerError, fault);
        }
    }
}
