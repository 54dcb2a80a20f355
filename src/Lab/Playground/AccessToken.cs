using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace LossSpikes.Lab.Playground;

/// <summary>
/// What every request must bring, since other users of this machine reach the server too: unguessable, new in every process, and part of the
/// address that the terminal shows. A browser exchanges it for a cookie that no script can read; other programs send it as a header.
/// </summary>
internal sealed class AccessToken
{
    /// <summary>Its name in an address, and its header.</summary>
    public const string Parameter = "token", Header = "X-Playground-Token";

    private const int Bytes = 32;

    private readonly byte[] _expected;

    public AccessToken() => _expected = Encoding.UTF8.GetBytes(Text);

    /// <summary>The token.</summary>
    public string Text { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Whether a text is the token.</summary>
    public bool Is(string? text) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(text ?? ""), _expected);

    /// <summary>Whether a request brings it.</summary>
    public bool IsIn(HttpRequest request) => Is(request.Headers[Header]) || Is(request.Cookies[Cookie(request)]);

    /// <summary>Gives it to the browser for as long as that is open.</summary>
    public void Keep(HttpContext context) => context.Response.Cookies.Append(
        Cookie(context.Request), Text, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" });

    // Browsers do not keep the cookies of two ports apart.
    private static string Cookie(HttpRequest request) => $"playground-{request.Host.Port}";
}
