using LossSpikes.Lab.Commands;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors.Native;

Allocator.KeepReleasedMemory();
return LabCommand.Run(args, Terminal.OfProcess());
