using LossSpikes.Lab.Playground.Requests;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>What a page that connects again has of a run.</summary>
/// <param name="Id">The run's number.</param>
/// <param name="Generation">The generation of its rows.</param>
/// <param name="Rows">How many rows the run had.</param>
/// <param name="Sent">How many of them the page was sent.</param>
/// <param name="Events">How many events there were.</param>
internal sealed record SeenRun(int Id, int Generation, int Rows, int Sent, int Events)
{
    /// <summary>Reads <c>ID.GENERATION.ROWS.SENT.EVENTS</c>; null where it is anything else.</summary>
    public static SeenRun? Parse(string? text)
    {
        int[] numbers = [.. (text ?? "").Split('.').Select(part => StrictNumber.TryParse(part, out int number) ? number : -1)];
        return numbers is [var id, var generation, var rows, var sent, var events] && numbers.All(n => n >= 0) && sent <= rows
            ? new SeenRun(id, generation, rows, sent, events)
            : null;
    }
}
