using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Playground;
using LossSpikes.Lab.Playground.Live;

namespace LossSpikes.Tests.Playground;

/// <summary>The server of the playground on a free port, in this process.</summary>
public sealed class RunningPlayground : IAsyncLifetime
{
    private readonly LiveRuns _runs = new();
    private Server? _server;

    /// <summary>A client of the server.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>The text that the server wrote to the terminal.</summary>
    public StringWriter Diagnostics { get; } = new();

    /// <summary>The port of the server.</summary>
    public int Port => _server!.Address.Port;

    /// <summary>What every request must bring.</summary>
    public string Token => _server!.Token;

    /// <summary>A port at the near end of a tunnel.</summary>
    public const int Tunnel = 9123;

    public async ValueTask InitializeAsync()
    {
        _server = await Server.StartAsync(
            0,
            [Tunnel],
            new LiveEndpoints(_runs, new ExperimentShelf([], new Dictionary<string, Experiment>(), null), new RunLibrary("runs")),
            Diagnostics,
            CancellationToken.None);
        Client = new HttpClient { BaseAddress = _server.Address };
        Client.DefaultRequestHeaders.Add(AccessToken.Header, Token);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server!.DisposeAsync();
        _runs.Dispose();
    }
}
