using System.Runtime.InteropServices;

namespace LossSpikes.Monitors.Autograd;

/// <summary>
/// libtorch warns, once per process and on standard error, that a backward pass with create_graph ties gradients and
/// parameters into a cycle. <see cref="Differentiation"/> breaks the cycle at once, so the warning is provoked in advance with standard error closed.
/// </summary>
internal static class ReferenceCycleWarning
{
    private const int StandardError = 2, WriteOnly = 1;

    [DllImport("libc", EntryPoint = "dup")]
    private static extern int Duplicate(int descriptor);

    [DllImport("libc", EntryPoint = "dup2")]
    private static extern int Replace(int descriptor, int by);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Open(string path, int flags);

    /// <summary>Runs <paramref name="provoke"/>, which draws the warning, with standard error pointing nowhere.</summary>
    public static void Spend(Action provoke)
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // elsewhere the line appears once, harmless
        }

        Console.Error.Flush();
        var saved = Duplicate(StandardError);
        var nowhere = Open("/dev/null", WriteOnly);
        try
        {
            if (saved >= 0 && nowhere >= 0 && Replace(nowhere, StandardError) >= 0)
            {
                provoke();
            }
        }
        finally
        {
            if (saved >= 0)
            {
                _ = Replace(saved, StandardError);
                _ = Close(saved);
            }

            if (nowhere >= 0)
            {
                _ = Close(nowhere);
            }
        }
    }
}
