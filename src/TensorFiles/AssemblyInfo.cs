using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("LossSpikes.Tests")]
