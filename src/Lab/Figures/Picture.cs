using LossSpikes.TensorFiles;
using SkiaSharp;

namespace LossSpikes.Lab.Figures;

/// <summary>Files with what is drawn on a canvas.</summary>
internal static class Picture
{
    /// <summary>Pixels of a PNG per unit of width and height.</summary>
    public const float Scale = 2;

    /// <summary>How the name of such a file ends.</summary>
    public static string Extension(FigureFormat format) => format == FigureFormat.Png ? ".png" : ".svg";

    /// <summary>Draws into a file, whole or not at all, and returns its path.</summary>
    public static string Save(string directory, string name, FigureFormat format, float width, float height, Action<SKCanvas> draw)
    {
        var path = Path.Combine(directory, name + Extension(format));
        Directory.CreateDirectory(directory);
        AtomicFile.Write(path, stream =>
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
        });
        return path;
    }
}
