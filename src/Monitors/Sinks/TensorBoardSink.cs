using Google.Protobuf;
using Tensorboard;
using Value = Tensorboard.Summary.Types.Value;

namespace LossSpikes.Monitors;

/// <summary>
/// An events file that TensorBoard reads: a record per step with the numbers of metrics.csv under the names of its columns, in
/// single precision, and a text for every notable event: the sentences of spikes under <c>spikes</c>, all others under
/// <c>events</c>. Only the wall-clock times differ between two runs of the same experiment.
/// </summary>
/// <remarks>
/// TorchSharp's SummaryWriter opens and closes its file for every number, knows whole seconds only, and cannot continue a
/// file that a resumed run has truncated; its protocol buffers are used here, its writer is not.
/// </remarks>
public sealed class TensorBoardSink : IResumableSink
{
    private readonly string _path;
    private readonly AppendOnlyFile _file;
    private readonly TimeProvider _clock;
    private IReadOnlyList<Column> _columns = [];

    /// <summary>Creates the file, which must not exist; or continues one.</summary>
    /// <param name="path">The path; TensorBoard finds the file if its name contains <c>tfevents</c>.</param>
    /// <param name="keep">To continue a file: the number of bytes that stay; null to create it.</param>
    /// <param name="clock">Gives the records their times.</param>
    /// <exception cref="IOException">The file exists, or is shorter than what should stay, or cannot be written.</exception>
    public TensorBoardSink(string path, long? keep = null, TimeProvider? clock = null)
    {
        (_path, _clock) = (path, clock ?? TimeProvider.System);
        _file = new AppendOnlyFile(path, keep);
        if (keep is null)
        {
            Append(new Event { FileVersion = "brain.Event:2" });
        }
    }

    /// <inheritdoc/>
    public string FileName => Path.GetFileName(_path);

    /// <inheritdoc/>
    public long Length => _file.Length;

    /// <inheritdoc/>
    public void Flush() => _file.Flush();

    /// <inheritdoc/>
    public void Begin(MeasurementSchema schema) => _columns = [.. schema.Columns.Where(c => c.Name is not ("step" or "seconds"))];

    /// <inheritdoc/>
    public void Record(Measurement measurement) => Append(measurement.Step, _columns
        .Select(c => (c.Name, Number: c.Get(measurement)))
        .Where(s => s.Number is not null)
        .Select(s => new Value { Tag = s.Name, SimpleValue = (float)s.Number!.Value }));

    /// <inheritdoc/>
    public void Record(MonitorEvent happened)
    {
        if (happened.IsNotable)
        {
            Append(happened.Step, [Text(happened is SpikeEvent ? "spikes" : "events", happened.Describe())]);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    // As PyTorch writes texts: a list of one string, marked for the text plugin.
    private static Value Text(string tag, string sentence) => new()
    {
        Tag = tag,
        Metadata = new SummaryMetadata { PluginData = new SummaryMetadata.Types.PluginData { PluginName = "text" } },
        Tensor = new TensorProto
        {
            Dtype = DataType.DtString,
            TensorShape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dim { Size = 1 } } },
            StringVal = { ByteString.CopyFromUtf8(sentence) },
        },
    };

    private void Append(long step, IEnumerable<Value> values) => Append(new Event { Step = step, Summary = new Summary { Value = { values } } });

    private void Append(Event written)
    {
        written.WallTime = (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        _file.Append(TfRecord.Frame(written.ToByteArray()));
    }
}
