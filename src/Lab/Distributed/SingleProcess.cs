namespace LossSpikes.Lab.Distributed;

/// <summary>A run in one process.</summary>
internal sealed class SingleProcess : Collective
{
    public override int Rank => 0;

    public override int Size => 1;

    public override string Engine => "one process";

    public override void Dispose()
    {
    }

    protected override void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received) =>
        throw new InvalidOperationException("there is no other rank");
}
