using SkiaSharp;

namespace LossSpikes.Lab.Figures;

/// <summary>Files with what is drawn on a canvas.</summary>
internal static class Picture
{
    /// <summary>Pixels of a PNG per unit of width and height.</summary>
    public const float Scale = 2;

    /// <summary>How the name of such a file ends.</summary>
    public static string Extension(FigureFormat format) => format == FigureFormat.Png ? ".png" : ".svg";

    /// <summary>Draws into a file beside the final one and renames it.</summary>
    public static string Save(string directory, string name, FigureFormat format, float width, float height, Action<SKCanvas> draw)
    {
        var path = Path.Combine(directory, name + Extension(format));
        var draft = path + ".partial";
        Directory.CreateDirectory(directory);
        using (var stream = File.Create(draft))
        {
            if (format == FigureFormat.Png)
            {
                using var surface = SKSurface.Create(new SKImageInfo((int)(width * Scale), (int)(height * Scale)));
                surface.Canvas.Scale(Scale);
                draw(surface.Canvas);
                using var image = surface.Snapshot();
                using var data = image.Encode(SKEncodedImageFormat.Png, 100);
                data.SaveTo(stream);
            }
            else
            {
                using var canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), stream);
                draw(canvas);
            }
        }

        File.Move(draft, path, overwrite: true);
        return path;
    }
}
