namespace LossSpikes.Lab.Data;

/// <summary>Reads streams whole into memory that they cannot make grow beyond a limit.</summary>
internal static class BoundedRead
{
    /// <summary>The content, at its start. Memory grows with what arrives, whatever the stream claims.</summary>
    /// <exception cref="InputException">It is larger than the limit.</exception>
    public static MemoryStream All(Stream from, string name, int limit)
    {
        var content = new MemoryStream();
        var buffer = new byte[81_920];
        for (int count; (count = from.Read(buffer)) > 0;)
        {
            content.Write(buffer, 0, count);
            if (content.Length > limit)
            {
                throw new InputException($"{name} holds more than the {limit} bytes that such a file can have");
            }
        }

        content.Position = 0;
        return content;
    }
}
