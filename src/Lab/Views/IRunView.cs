using LossSpikes.Monitors;

namespace LossSpikes.Lab.Views;

/// <summary>Shows a run to a person while it goes.</summary>
internal interface IRunView : IMonitorSink
{
    /// <summary>Runs <paramref name="train"/> with the view up, and takes the view down after it.</summary>
    T During<T>(Func<T> train);
}
