using LossSpikes.Lab.Commands;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors.Native;

// The commands that need libtorch ask for it, and say in one place why it is not there.
NativeTorch.LoadWithTorchSharp(complain: _ => { });
Allocator.KeepReleasedMemory();
return LabCommand.Run(args, Terminal.OfProcess());
