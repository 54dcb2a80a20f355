namespace LossSpikes.Lab.Sweeps.Slurm;

/// <summary>A job array that was submitted: a line of <c>slurm/submissions.jsonl</c>.</summary>
/// <param name="ArrayId">The array's id.</param>
/// <param name="ReportId">The id of the job that writes the table and the figure.</param>
/// <param name="Time">When, in UTC.</param>
/// <param name="Tasks">The indices of the array.</param>
/// <param name="Options">What was asked of Slurm.</param>
internal sealed record Submission(string ArrayId, string ReportId, DateTime Time, string Tasks, SlurmOptions Options);
