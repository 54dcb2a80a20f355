using System.Text;

namespace LossSpikes.Tests.TensorFiles;

/// <summary>Damages files at random: bits, bytes, and pieces that are removed, repeated or replaced.</summary>
internal static class Damage
{
    private static readonly byte[][] Debris =
    [
        [0], [0xFF], [0x80], [1], [0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80],
        .. "( t R Q } s u . K X c b q h j r a e N ] ) J M PK \u0085 \u008A 9999999999999 -1 [ { \" , :".Split(' ').Select(Encoding.Latin1.GetBytes),
    ];

    /// <summary>The file with one to three changes.</summary>
    public static byte[] To(byte[] whole, Random random)
    {
        var bytes = whole.ToList();
        for (var times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(bytes.Count);
            var debris = Debris[random.Next(Debris.Length)];
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.InsertRange(at, debris); break;
                case 3: bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at)); break;
                case 4: bytes.RemoveRange(at, Math.Min(debris.Length, bytes.Count - at)); bytes.InsertRange(at, debris); break;
                default: bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, Math.Min(random.Next(1, 60), bytes.Count - at))); break;
            }
        }

        return [.. bytes];
    }
}
