namespace LossSpikes.Lab.Figures;

/// <summary>Something that can be drawn into a file.</summary>
internal interface IImage
{
    /// <summary>Draws it into a file whose name gets the format's extension; an older one is replaced only once the new one is whole.</summary>
    /// <returns>The path of the file.</returns>
    string Save(string directory, string name, FigureFormat format);
}
