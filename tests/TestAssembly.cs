// Native threads, thread-local scopes and the count of live tensors are shared by the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
