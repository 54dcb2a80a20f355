using System.Net;
using LossSpikes.Lab.Pages;
using LossSpikes.Lab.Playground.Figures;
using LossSpikes.Lab.Playground.Live;
using LossSpikes.Lab.Playground.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace LossSpikes.Lab.Playground;

/// <summary>The web server of the playground: this machine only, no file system behind it, everything guarded.</summary>
internal sealed class Server : IAsyncDisposable
{
    private const int LargestBody = 4096, LargestLine = 4096, LargestHeaders = 16384, MostConnections = 128;
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromSeconds(2), WarmUpTime = TimeSpan.FromSeconds(0.2);

    // A connection that asks nothing takes the place of one that does.
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(3);

    private readonly WebApplication _app;
    private readonly FigureSet _figures;

    private Server(WebApplication app, FigureSet figures, int port, AccessToken token)
    {
        (_app, _figures, Token) = (app, figures, token.Text);
        Address = new Uri($"http://127.0.0.1:{port}/");
        Entrance = new Uri(Address, $"?{AccessToken.Parameter}={Token}");
    }

    /// <summary>Where the pages are.</summary>
    public Uri Address { get; }

    /// <summary>The address for a person, with the token in it.</summary>
    public Uri Entrance { get; }

    /// <summary>What every request must bring.</summary>
    public string Token { get; }

    /// <summary>Binds the port and answers from then on.</summary>
    /// <param name="port">The port, 0 for any that is free.</param>
    /// <param name="allowed">Ports at the near ends of tunnels.</param>
    /// <param name="live">The routes of live training.</param>
    /// <param name="diagnostics">Receives faults, one line each.</param>
    /// <param name="stop">Gives up the start.</param>
    /// <exception cref="InputException">The port is taken or not allowed.</exception>
    public static async Task<Server> StartAsync(
        int port, IReadOnlyList<int> allowed, LiveEndpoints live, TextWriter diagnostics, CancellationToken stop)
    {
        var figures = new FigureSet();
        var warm = figures.WarmUp(); // in parallel with the start of the server
        // An empty builder: no configuration files, no watching of folders, no logging, no services but those named here.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Limit(options, port));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var token = new AccessToken();
        var filter = new RequestFilter(token);
        app.Use(new Faults(diagnostics).Handle);
        app.Use(filter.Handle);
        app.UseRouting();
        Assets.Map(app, new Dictionary<string, Func<string>>
        {
            ["{figures}"] = () => ArticleSections.Write(figures),
            ["{glossary}"] = () => Glossary.Own.ToHtml(),
        });
        live.Map(app, app.Lifetime.ApplicationStopping);
        FigureEndpoints.Map(app, figures);
        try
        {
            await app.StartAsync(stop);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            await app.DisposeAsync();
            figures.Dispose();
            throw new InputException(e is IOException { InnerException: AddressInUseException }
                ? $"port {port} is taken by another program; choose another one with --port, or --port 0 for any that is free"
                : $"port {port} cannot be used ({e.Message}); choose another one with --port, or --port 0 for any that is free", e);
        }

        filter.Own = new OwnAddress(new Uri(app.Urls.Single()).Port, allowed);

        // Opening the page at once is faster with warm figures than with the address a moment earlier.
        _ = warm.ContinueWith(_ => FreeMemory.Return(), TaskScheduler.Default);
        await Task.WhenAny(warm, Task.Delay(WarmUpTime, stop));
        return new Server(app, figures, filter.Own.Port, token);
    }

    /// <summary>Ends all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(ShutdownTime);
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        _figures.Dispose();
    }

    private static void Limit(KestrelServerOptions options, int port)
    {
        options.Listen(IPAddress.Loopback, port);
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = LargestBody;
        options.Limits.MaxRequestLineSize = LargestLine;
        options.Limits.MaxRequestHeadersTotalSize = LargestHeaders;
        options.Limits.MaxConcurrentConnections = MostConnections;
        options.Limits.KeepAliveTimeout = IdleTime;
        options.Limits.RequestHeadersTimeout = IdleTime;
    }
}
