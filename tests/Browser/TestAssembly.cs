using Xunit.Sdk;
using Xunit.v3;

// Times are measured: one lab and one browser at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
