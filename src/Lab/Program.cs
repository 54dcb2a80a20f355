using LossSpikes.Lab.Commands;
using LossSpikes.Lab.Views;

return LabCommand.Run(args, Terminal.OfProcess());
