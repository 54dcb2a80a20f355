using System.ComponentModel;
using System.Diagnostics;

namespace LossSpikes.Lab.Playground;

/// <summary>The browser of the desktop.</summary>
internal static class Browser
{
    /// <summary>Opens a page in it; on a machine without a browser one line says so.</summary>
    public static void Open(Uri address, TextWriter diagnostics)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(address.ToString()) { UseShellExecute = true });
        }
        catch (Exception e) when (e is Win32Exception or PlatformNotSupportedException)
        {
            diagnostics.WriteLine($"no browser could be opened here; the page is at {address}");
        }
    }
}
