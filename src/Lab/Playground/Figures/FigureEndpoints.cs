using System.Globalization;
using System.Text.Json;
using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Pages;
using LossSpikes.Lab.Playground.Requests;
using LossSpikes.Monitors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LossSpikes.Lab.Playground.Figures;

/// <summary>What the page of figures asks for. Nothing here changes anything: links may be followed by anyone.</summary>
internal static class FigureEndpoints
{
    private const string Json = "application/json; charset=utf-8", Numbers = "application/octet-stream", Csv = "text/csv; charset=utf-8";

    /// <summary>Adds the routes of every figure.</summary>
    public static void Map(IEndpointRouteBuilder app, FigureSet figures)
    {
        app.MapGet("/api/figures", context => Answer(context, Json, JsonSerializer.SerializeToUtf8Bytes(
            figures.All.Select(f => new { f.Number, f.Title, f.Sliders, Panels = f.Panels.Select(Described) }), JsonSerializerOptions.Web)));
        app.MapGet("/api/claims", async context =>
            await Answer(context, Json, JsonSerializer.SerializeToUtf8Bytes(await figures.Claims.WaitAsync(context.RequestAborted), RecordJson.Options)));
        foreach (var figure in figures.All)
        {
            var path = $"/api/figures/{figure.Number}";
            app.MapGet(path, async context =>
            {
                var (values, slice) = await Slice(context, figures, figure);
                await Answer(
                    context,
                    Numbers,
                    NumberBlock.Pack(new { values = values.All, slice.Readouts }, [("data", slice.Table), .. slice.Companions.Select(c => (c.Key, c.Value))]));
            });
            app.MapGet(path + ".csv", async context =>
            {
                var (values, slice) = await Slice(context, figures, figure);
                var settings = string.Concat(values.All.Select(v => string.Create(CultureInfo.InvariantCulture, $"-{v.Key}-{v.Value}")));
                context.Response.Headers.ContentDisposition = $"attachment; filename=\"figure-{figure.Number}{settings}.csv\"";
                await Answer(context, Csv, System.Text.Encoding.UTF8.GetBytes(slice.Table.ToCsv()));
            });
            app.MapGet(path + "/backdrop", async context =>
            {
                var table = await figures.Backdrop(figure, context.RequestAborted);
                await (table is null
                    ? Refusal.Write(context, StatusCodes.Status404NotFound, "this figure has no backdrop")
                    : Answer(context, Numbers, NumberBlock.Pack(new { }, [("data", table)])));
            });
        }
    }

    private static object Described(PanelHelp panel) => new { panel.Name, panel.Sentence, Terms = panel.Terms.Select(t => Glossary.Own[t]) };

    private static async Task<(SliderValues Values, FigureSlice Slice)> Slice(HttpContext context, FigureSet figures, ISliderFigure figure)
    {
        var values = SliderQuery.Read(figure.Sliders, context.Request.Query);
        return (values, await figures.At(figure, values, context.RequestAborted));
    }

    private static Task Answer(HttpContext context, string mediaType, byte[] content)
    {
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = content.Length;
        return context.Response.Body.WriteAsync(content).AsTask();
    }
}
