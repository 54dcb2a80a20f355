namespace LossSpikes.Monitors.Detection;

/// <summary>What was measured since the last spike ended.</summary>
internal sealed class Calm
{
    private bool _measured;

    public Measurement? FirstAbove { get; private set; }

    public SpikeKind Kind => FirstAbove is not null ? SpikeKind.Instability : _measured ? SpikeKind.Rise : SpikeKind.Unmeasured;

    public void Add(Measurement now)
    {
        _measured |= now.Sharpness is not null;
        FirstAbove ??= now.Sharpness > now.Threshold ? now : null;
    }
}

/// <summary>An open spike.</summary>
internal sealed class Hill(int id, Measurement opening, SpikeKind kind, Measurement peak, double top)
{
    public int Id { get; } = id;

    public SpikeKind Kind { get; } = kind;

    public Measurement Opening { get; } = opening;

    public Measurement Peak { get; private set; } = peak;

    /// <summary>The envelope at the peak.</summary>
    public double Top { get; private set; } = top;

    /// <summary>Where the envelope was lowest since the peak, and its value there.</summary>
    public Measurement Valley { get; private set; } = opening;

    /// <inheritdoc cref="Valley"/>
    public double Bottom { get; private set; }

    /// <summary>The steps from the onset to the valley, and those from the valley on.</summary>
    public HillWindow ToValley { get; private set; } = null!;

    /// <inheritdoc cref="ToValley"/>
    public HillWindow FromValley { get; private set; } = null!;

    /// <summary>What was measured since the valley.</summary>
    public Calm CalmSinceValley { get; private set; } = new();

    public void Rise(Measurement peak, double top) => (Peak, Top) = (peak, top);

    /// <summary>The envelope is lowest at a step, which <paramref name="window"/> contains already.</summary>
    public void Descend(Measurement now, double envelope, HillWindow window)
    {
        (Valley, Bottom) = (now, envelope);
        (ToValley, FromValley, CalmSinceValley) = (window.Copy(), new HillWindow(now, envelope), new Calm());
    }

    public void Add(Measurement now)
    {
        FromValley.Add(now);
        CalmSinceValley.Add(now);
    }
}

/// <summary>Sums over the steps from an onset on.</summary>
internal sealed class HillWindow
{
    public HillWindow(Measurement onset, double @base)
    {
        (Onset, Base) = (onset, @base);
        Add(onset);
    }

    public Measurement Onset { get; }

    /// <summary>The envelope at the onset.</summary>
    public double Base { get; }

    public Measurement? Sharpest { get; private set; }

    public double? ResidualMax { get; private set; }

    public long HessianProducts { get; private set; }

    public void Add(Measurement now)
    {
        HessianProducts += now.HessianProducts;
        Sharpest = now.Sharpness is not null && !(now.Sharpness <= Sharpest?.Sharpness) ? now : Sharpest;
        ResidualMax = now.Residual is not null && !(now.Residual <= ResidualMax) ? now.Residual : ResidualMax;
    }

    public HillWindow Copy() => (HillWindow)MemberwiseClone();
}
