namespace LossSpikes.Lab.Playground;

/// <summary>The names by which browsers of this machine know the server. They are compared as strings: what is parsed can be made to look like them.</summary>
internal sealed class OwnAddress
{
    private const int DefaultPort = 80;

    private readonly HashSet<string> _hosts, _origins;

    /// <param name="port">The port that was bound.</param>
    /// <param name="allowed">Further ports at which browsers find it, at the other ends of tunnels.</param>
    public OwnAddress(int port, IEnumerable<int> allowed)
    {
        Port = port;
        _hosts = [.. allowed.Prepend(port).SelectMany(p => ((string[])["127.0.0.1", "localhost"]).SelectMany(host => Spellings(host, p)))];
        _origins = [.. _hosts.Select(host => $"http://{host}")];
    }

    /// <summary>The port that was bound.</summary>
    public int Port { get; }

    /// <summary>Whether a Host header names it.</summary>
    public bool IsHost(string? host) => host is not null && _hosts.Contains(host);

    /// <summary>Whether an Origin header is of its pages.</summary>
    public bool IsOrigin(string? origin) => origin is not null && _origins.Contains(origin);

    /// <summary>What a person can do whose browser asked for another host, in a sentence.</summary>
    public string Refuse(string? host) =>
        (host ?? "").Split(':') is ["127.0.0.1" or "localhost", var text] && ushort.TryParse(text, out var other)
            ? $"this lab answers at http://127.0.0.1:{Port}/, and your browser asked at port {other}; if that is the near end of a tunnel, start it with "
                + $"lab playground --allow-port {other}, or open the tunnel with ssh -L {Port}:127.0.0.1:{Port}"
            : $"this lab answers at http://127.0.0.1:{Port}/ and at no other name";

    private static string[] Spellings(string host, int port) => port == DefaultPort ? [host, $"{host}:{port}"] : [$"{host}:{port}"];
}
