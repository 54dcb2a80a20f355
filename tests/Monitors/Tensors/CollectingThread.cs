namespace LossSpikes.Tests.Monitors.Tensors;

/// <summary>A thread that collects garbage all the time, until it is disposed; between two collections it lets others get on.</summary>
internal sealed class CollectingThread : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _stopped;
    private volatile int _steps;

    public CollectingThread()
    {
        _thread = new Thread(Collect);
        _thread.Start();
    }

    /// <summary>Says that the threads that are observed have got on.</summary>
    public void Step() => _steps++;

    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
    }

    private void Collect()
    {
        while (!_stopped)
        {
            var before = _steps;
            GC.Collect(0);
            while (_steps == before && !_stopped)
            {
                Thread.Yield();
            }
        }
    }
}
