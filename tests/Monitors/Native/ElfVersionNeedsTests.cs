using CsCheck;
using LossSpikes.Monitors.Native;

namespace LossSpikes.Tests.Monitors.Native;

/// <summary>The patch that makes one version requirement of a shared library optional.</summary>
public sealed class ElfVersionNeedsTests
{
    private static string Shim => Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so");

    [Fact]
    public void Only_the_two_bytes_of_one_flag_change()
    {
        Assert.SkipUnless(File.Exists(Shim), "there is no Linux shim with the tests");
        var original = File.ReadAllBytes(Shim);
        var patched = ElfVersionNeeds.Weaken(original, "GLIBCXX_3.4.32");
        var changed = Enumerable.Range(0, original.Length).Where(i => original[i] != patched[i]).ToList();

        Assert.Equal(original.Length, patched.Length);
        Assert.Equal(2, Assert.Single(changed, i => patched[i] == 2) is var at ? patched[at] : 0);
        Assert.Equal(patched, ElfVersionNeeds.Weaken(patched, "GLIBCXX_3.4.32"));
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken(original, "GLIBCXX_9.9.99"));
    }

    [Fact]
    public void The_copy_that_the_build_makes_is_the_same()
    {
        Assert.SkipUnless(File.Exists(Shim), "there is no Linux shim with the tests");
        Assert.Equal(
            ElfVersionNeeds.Weaken(File.ReadAllBytes(Shim), "GLIBCXX_3.4.32"),
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, WeakenedShim.ShippedName)));
    }

    [Fact]
    public void Damaged_files_are_refused_and_never_crash()
    {
        Assert.SkipUnless(File.Exists(Shim), "there is no Linux shim with the tests");
        var original = File.ReadAllBytes(Shim).AsSpan(0, 0x40000).ToArray();
        Gen.Select(Gen.Int[0, 4096], Gen.Byte, Gen.Int[0, original.Length]).Sample((at, value, length) =>
        {
            var damaged = original[..length];
            if (at < length)
            {
                damaged[at] = value;
            }

            Assert.True(Record.Exception(() => ElfVersionNeeds.Weaken(damaged, "GLIBCXX_3.4.32")) is null or InvalidDataException);
        }, iter: 2000);
    }

    [Fact]
    public void A_file_of_another_format_is_refused() =>
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken("MZ, certainly no ELF"u8, "GLIBCXX_3.4.32"));
}
