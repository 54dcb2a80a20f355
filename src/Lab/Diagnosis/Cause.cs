namespace LossSpikes.Lab.Diagnosis;

/// <summary>How a possible cause stands.</summary>
internal enum Standing
{
    /// <summary>The numbers and the replays say that it was this.</summary>
    Found,

    /// <summary>The inputs cannot tell.</summary>
    Undecided,

    /// <summary>The numbers exclude it.</summary>
    Excluded,
}

/// <summary>A possible cause of the spike, with the number that tells it from the others.</summary>
/// <param name="Name">Its name: a mechanism of the records, or <c>precision</c>.</param>
/// <param name="Standing">How it stands.</param>
/// <param name="Number">The number that decides; null where it could not be had.</param>
/// <param name="Criterion">What the number is, and from where on it counts.</param>
/// <param name="Sentence">Why it stands so.</param>
internal sealed record Cause(string Name, Standing Standing, double? Number, string Criterion, string Sentence);
