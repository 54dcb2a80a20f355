using System.Diagnostics;
using System.Text.Json;
using LossSpikes.Lab.Playground;
using LossSpikes.Lab.Runs;
using Microsoft.AspNetCore.WebUtilities;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>What <c>lab playground</c> holds in memory: after the page of claims, and after twenty runs one after the other.</summary>
internal sealed class PlaygroundBenchmark : IBenchmark
{
    private const int Runs = 20, Steps = 200;

    // Memory is returned to the system shortly after the work that needed it.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3), Pause = TimeSpan.FromMilliseconds(100), Patience = TimeSpan.FromMinutes(2);

    public string Name => "playground";

    public string Description => $"memory of `lab playground` in a process of its own: the claims of the article, {Runs} runs of {Steps} monitored steps";

    public IEnumerable<BenchRow> Run()
    {
        var folder = Directory.CreateTempSubdirectory("lossspikes-");
        try
        {
            SmallRun.Write(folder.CreateSubdirectory("experiments").FullName, 1000, 1000, Steps);
            using var lab = OwnProcess.Start(folder.FullName, "playground", "--port", "0");
            try
            {
                var (claims, runs) = Measure(lab).GetAwaiter().GetResult();
                return
                [
                    BenchRow.AtMost(400, "resident memory after the claims", claims, "MB"),
                    BenchRow.AtMost(400, $"resident memory after {Runs} runs more", runs, "MB"),
                ];
            }
            finally
            {
                lab.Kill();
                lab.WaitForExit();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(double Claims, double Runs)> Measure(Process lab)
    {
        var entrance = new Uri(await lab.StandardOutput.ReadLineAsync() ?? throw new InputException("`lab playground` printed no address"));
        _ = lab.StandardOutput.ReadToEndAsync();
        _ = lab.StandardError.ReadToEndAsync();
        using var client = new HttpClient { BaseAddress = new Uri(entrance, "/"), Timeout = Patience };
        client.DefaultRequestHeaders.Add(AccessToken.Header, QueryHelpers.ParseQuery(entrance.Query)[AccessToken.Parameter].ToString());

        await client.GetStringAsync("api/claims");
        var claims = await Resident(lab);
        for (var i = 0; i < Runs; i++)
        {
            var id = JsonDocument.Parse(await Post(client, "api/live/runs?experiment=small")).RootElement.GetProperty("id").GetInt32();
            for (var begun = Stopwatch.GetTimestamp(); !await HasEnded(client, id); await Task.Delay(Pause))
            {
                if (Stopwatch.GetElapsedTime(begun) > Patience)
                {
                    throw new InputException($"run {i + 1} of the playground did not end within {Patience.TotalMinutes} minutes");
                }
            }

            await Post(client, $"api/live/runs/{id}/remove");
        }

        return (claims, await Resident(lab));
    }

    private static async Task<bool> HasEnded(HttpClient client, int id)
    {
        using var answer = await client.GetAsync($"api/live/runs/{id}/{RecordedRun.SummaryFile}");
        return answer.IsSuccessStatusCode;
    }

    private static async Task<string> Post(HttpClient client, string path)
    {
        using var answer = await client.PostAsync(path, null);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? text : throw new InputException($"the playground refused {path}: {text}");
    }

    private static async Task<double> Resident(Process lab)
    {
        await Task.Delay(Settling);
        lab.Refresh();
        return lab.WorkingSet64 / 1e6;
    }
}
