using System.Collections.Concurrent;
using TorchSharp;

namespace LossSpikes.Lab.Playground.Requests;

/// <summary>One thread that does all tensor work of one kind, in turn: TorchSharp's scopes belong to their thread, and no tensor leaves it.</summary>
internal sealed class TensorThread : IDisposable
{
    private const int MostWaiting = 32;

    private readonly BlockingCollection<Action> _work = new(MostWaiting);
    private readonly Func<bool> _meanwhile;
    private readonly Thread _thread;

    /// <param name="name">What debuggers call it.</param>
    /// <param name="meanwhile">A short piece of work for when nothing is asked for; whether there may be more of it. It must not throw.</param>
    public TensorThread(string name, Func<bool>? meanwhile = null)
    {
        _meanwhile = meanwhile ?? (() => false);
        _thread = new Thread(Work) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Does one piece of work after those before it.</summary>
    /// <param name="work">The work; nothing it returns may hold a tensor.</param>
    /// <param name="cancellation">Whether the result is still wanted when its turn comes.</param>
    /// <exception cref="BusyException">Too much is waiting already.</exception>
    public Task<T> Run<T>(Func<T> work, CancellationToken cancellation)
    {
        // Continuations must not run on this thread.
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var accepted = _work.TryAdd(() =>
        {
            try
            {
                cancellation.ThrowIfCancellationRequested();
                result.SetResult(work());
            }
            catch (OperationCanceledException)
            {
                result.SetCanceled(cancellation);
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        });
        return accepted ? result.Task : throw new BusyException();
    }

    /// <summary>Ends the thread after what it is doing.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Work()
    {
        // A toy's tensors are far too small to share among threads.
        torch.set_num_threads(1);
        var more = true;
        while (!_work.IsCompleted)
        {
            if (_work.TryTake(out var action, more ? 0 : Timeout.Infinite))
            {
                action();
                more = true;
            }
            else
            {
                more = _meanwhile();
            }
        }
    }
}
