using System.Globalization;

namespace LossSpikes.Monitors;

/// <summary>
/// The run in the folder layout of MLflow's file store, written without MLflow: <c>mlflow ui --backend-store-uri mlruns</c> shows it. Each
/// column of the run's schema is a metric, <c>ratio</c> is S/T, and the sentences of spikes and of a divergence are tags.
/// </summary>
/// <remarks>
/// The layout is <c>mlruns/EXPERIMENT/RUN/{meta.yaml, metrics/NAME, params/NAME, tags/NAME, artifacts/}</c>; a line of a metric is its time in
/// milliseconds, value and step. The experiment is the one with which MLflow begins, <c>0</c> or <c>Default</c>.
/// </remarks>
public sealed class MlflowSink : IMonitorSink, IDisposable
{
    private const string Experiment = "0";

    // The numbers of MLflow for the status of a run.
    private const int Running = 1, Finished = 3;

    private readonly string _name;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private IReadOnlyList<(Func<Measurement, double?> Get, StreamWriter File)> _metrics = [];

    /// <summary>Creates the folder of a new run.</summary>
    /// <param name="store">The folder <c>mlruns</c>; created where it does not exist.</param>
    /// <param name="name">The run's name in lists.</param>
    /// <param name="parameters">Settings of the run by their names, such as the learning rate.</param>
    /// <param name="clock">Gives the numbers their times.</param>
    /// <exception cref="ArgumentException">A name has a character that MLflow does not allow in names.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public MlflowSink(string store, string name, IReadOnlyDictionary<string, string>? parameters = null, TimeProvider? clock = null)
    {
        (_name, _clock) = (name, clock ?? TimeProvider.System);
        _start = Now;
        RunId = Guid.NewGuid().ToString("N");
        RunFolder = Path.Combine(Path.GetFullPath(store), Experiment, RunId);
        foreach (var folder in (string[])["metrics", "params", "tags", "artifacts"])
        {
            Directory.CreateDirectory(Path.Combine(RunFolder, folder));
        }

        DescribeExperiment(Path.GetDirectoryName(RunFolder)!);
        Describe(Running, end: null);
        Tag("mlflow.runName", name);
        foreach (var (key, value) in parameters ?? new Dictionary<string, string>())
        {
            File.WriteAllText(Entry("params", key), value);
        }
    }

    /// <summary>MLflow's identifier of the run, 32 hexadecimal digits.</summary>
    public string RunId { get; }

    /// <summary>The folder of the run.</summary>
    public string RunFolder { get; }

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public void Begin(MeasurementSchema schema)
    {
        _metrics =
        [
            .. schema.Columns.Where(c => c.Name is not ("step" or "seconds")).Select(c => (c.Get, Metric(c.Name))),
            (m => m.Ratio, Metric("ratio")),
        ];

        StreamWriter Metric(string name) => new(Entry("metrics", name)) { AutoFlush = true };
    }

    /// <inheritdoc/>
    public void Record(Measurement measurement)
    {
        var now = Now;
        foreach (var (get, file) in _metrics)
        {
            if (get(measurement) is { } value)
            {
                file.Write(string.Create(CultureInfo.InvariantCulture, $"{now} {value:R} {measurement.Step}\n"));
            }
        }
    }

    /// <inheritdoc/>
    public void Record(MonitorEvent happened)
    {
        switch (happened)
        {
            case SpikeEvent spike: Tag(string.Create(CultureInfo.InvariantCulture, $"spike.{spike.Id}"), spike.Describe()); break;
            case DivergenceEvent divergence: Tag("divergence", divergence.Describe()); break;
        }
    }

    /// <summary>Marks the run as finished and closes its files.</summary>
    public void Dispose()
    {
        foreach (var (_, file) in _metrics)
        {
            file.Dispose();
        }

        Describe(Finished, Now);
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Uri(string folder) => Quoted(new Uri(folder).AbsoluteUri);

    private void DescribeExperiment(string folder)
    {
        var about = Path.Combine(folder, "meta.yaml");
        if (!File.Exists(about))
        {
            File.WriteAllText(about, $"""
                artifact_location: {Uri(folder)}
                creation_time: {_start}
                experiment_id: '{Experiment}'
                last_update_time: {_start}
                lifecycle_stage: active
                name: Default

                """);
        }
    }

    private void Describe(int status, long? end) => File.WriteAllText(Path.Combine(RunFolder, "meta.yaml"), $"""
        artifact_uri: {Uri(Path.Combine(RunFolder, "artifacts"))}
        end_time: {end?.ToString(CultureInfo.InvariantCulture) ?? "null"}
        entry_point_name: ''
        experiment_id: '{Experiment}'
        lifecycle_stage: active
        run_id: {RunId}
        run_name: {Quoted(_name)}
        run_uuid: {RunId}
        source_name: ''
        source_type: 4
        source_version: ''
        start_time: {_start}
        status: {status}
        tags: []
        user_id: {Quoted(Environment.UserName)}

        """);

    private void Tag(string name, string value) => File.WriteAllText(Entry("tags", name), value);

    private string Entry(string kind, string name) =>
        name.Length > 0 && name is not ("." or "..") && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ' ')
            ? Path.Combine(RunFolder, kind, name)
            : throw new ArgumentException($"\"{name}\" must consist of letters, digits, _, -, . and spaces to be a name in MLflow", nameof(name));
}
