namespace LossSpikes.Monitors;

/// <summary>One number of a <see cref="Measurement"/>: a column of metrics.csv, a scalar of TensorBoard, a series of a live page.</summary>
/// <param name="Name">The name in the header, snake_case.</param>
/// <param name="Unit">The unit, such as <c>loss</c>, <c>loss/θ²</c> or <c>steps</c>; empty for a pure number.</param>
/// <param name="Get">The value; null where it was not measured.</param>
/// <param name="Set">The measurement with the value set. Values of one list are set in the order of the columns.</param>
public sealed record Column(string Name, string Unit, Func<Measurement, double?> Get, Func<Measurement, double, Measurement> Set)
{
    /// <summary>The number format in text files; by default every digit that reads back exactly.</summary>
    public string Format { get; init; } = "R";

    /// <summary>Whether only an explanation needs the column: live pages leave it out.</summary>
    public bool IsDetail { get; init; }

    /// <summary>A column of a further measurement: its value stands in <see cref="Measurement.Further"/>.</summary>
    /// <param name="name">The name in the header.</param>
    /// <param name="unit">The unit.</param>
    public static Column Further(string name, string unit) => new(
        name,
        unit,
        m => m.Further.TryGetValue(name, out var value) ? value : null,
        (m, value) => m with { Further = new Dictionary<string, double>(m.Further) { [name] = value } });
}
