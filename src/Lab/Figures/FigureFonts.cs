using ScottPlot;
using SkiaSharp;

namespace LossSpikes.Lab.Figures;

/// <summary>DejaVu Sans, carried in the assembly: figures look the same everywhere, also on a machine without fonts.</summary>
internal sealed class FigureFonts : IFontResolver
{
    /// <summary>The family's name.</summary>
    public const string Family = "DejaVu Sans";

    private const string Resource = "DejaVuSans.ttf";

    private static readonly Lazy<bool> Registered = new(() =>
    {
        // Before the system's own: an installed DejaVu Sans may be another version.
        Fonts.FontResolvers.Insert(0, new FigureFonts());
        Fonts.Default = Family;
        return true;
    });

    private FigureFonts()
    {
    }

    /// <summary>The one face there is, whatever weight is asked for.</summary>
    public static SKTypeface Typeface { get; } = Load();

    /// <summary>Makes the family ScottPlot's default; does nothing the second time.</summary>
    public static void Register() => _ = Registered.Value;

    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => fontName == Family ? Typeface : null;

    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Family ? Typeface : null;

    private static SKTypeface Load()
    {
        using var stream = typeof(FigureFonts).Assembly.GetManifestResourceStream(Resource)!;
        using var data = SKData.Create(stream);
        return SKTypeface.FromData(data);
    }
}
