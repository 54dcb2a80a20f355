using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Sweeps;

/// <summary>
/// A private Slurm cluster of two nodes on this machine, for one test class: its files are in a temporary folder, and its ports on the loopback
/// interface are free ones.
/// </summary>
public sealed class SlurmCluster : IDisposable
{
    private static readonly string[] Folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _daemons = [];
    private readonly string _host = Environment.MachineName.Split('.')[0];

    /// <summary>Starts it, where Slurm is installed.</summary>
    public SlurmCluster()
    {
        if (OperatingSystem.IsWindows() || Find("slurmctld") is null || Find("slurmd") is null || Find("munged") is null)
        {
            return;
        }

        try
        {
            Start();
        }
        catch
        {
            Dispose();
            throw;
        }

        IsUp = true;
    }

    /// <summary>Whether it runs; if not, Slurm is not installed.</summary>
    public bool IsUp { get; }

    /// <summary>The lab, as a user of the cluster runs it.</summary>
    internal Child Lab(params string[] arguments) => Slurm("dotnet", [BackgroundLab.Program, .. arguments]);

    /// <summary>A command of Slurm.</summary>
    internal Child Slurm(string program, params string[] arguments) => Child.Run(program, arguments, null, ("SLURM_CONF", Configuration));

    /// <summary>Waits until no job is queued or runs, and both nodes can take one.</summary>
    internal void UntilIdle() => Until(
        () => Slurm("squeue", "--noheader") is { ExitCode: 0, Output: "" } && Slurm("sinfo", "--noheader", "--format=%t %D").Output == "idle 2\n",
        "both nodes of Slurm idle");

    /// <summary>Waits, two minutes at most. The condition is asked often, so it must be cheap: there are two cores, and the members need them.</summary>
    internal static void Until(Func<bool> condition, string what, Func<string>? evidence = null)
    {
        for (var clock = Stopwatch.StartNew(); !condition(); Thread.Sleep(50))
        {
            if (clock.Elapsed > TimeSpan.FromMinutes(2))
            {
                Assert.Fail($"{what}: not in two minutes\n{evidence?.Invoke()}");
            }
        }
    }

    public void Dispose()
    {
        // No job is left, and nobody reads what they would save.
        foreach (var daemon in _daemons)
        {
            daemon.Kill(entireProcessTree: true);
            daemon.WaitForExit();
            daemon.Dispose();
        }

        _folder.Dispose();
    }

    private string Configuration => _folder["slurm.conf"];

    [UnsupportedOSPlatform("windows")]
    private void Start()
    {
        foreach (var name in (string[])["munge", "state", "spool-n1", "spool-n2"])
        {
            Directory.CreateDirectory(_folder[name]);
        }

        File.WriteAllBytes(_folder["munge/key"], RandomNumberGenerator.GetBytes(128));
        File.SetUnixFileMode(_folder["munge/key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(Configuration, Text(FreePorts(3)));
        Start("munged", "--foreground", "--force", "--key-file=" + _folder["munge/key"], "--socket=" + _folder["munge/socket"],
            "--pid-file=" + _folder["munge/pid"], "--log-file=" + _folder["munge/log"], "--seed-file=" + _folder["munge/seed"]);
        Until(() => File.Exists(_folder["munge/socket"]), "munged");
        Start("slurmctld", "-D", "-c");
        StartNode("n1");
        StartNode("n2");
        UntilIdle();
    }

    private void StartNode(string node) => Start("slurmd", "-D", "-N", node);

    private void Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(program)!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SLURM_CONF"] = Configuration;
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _daemons.Add(process);
    }

    private static string? Find(string program) => Folders.Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        listeners.ForEach(l => l.Stop());
        return ports;
    }

    private string Text(int[] ports) => $"""
        ClusterName=ci
        SlurmctldHost={_host}(127.0.0.1)
        SlurmUser={Environment.UserName}
        SlurmdUser={Environment.UserName}
        AuthType=auth/munge
        AuthInfo=socket={_folder["munge/socket"]},cred_expire=5
        CredType=cred/munge
        CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
        SlurmctldPort={ports[0]}
        MpiDefault=none
        StateSaveLocation={_folder["state"]}
        SlurmdSpoolDir={_folder["spool"]}-%n
        SlurmctldPidFile={_folder["slurmctld.pid"]}
        SlurmdPidFile={_folder["slurmd"]}-%n.pid
        SlurmctldLogFile={_folder["slurmctld.log"]}
        SlurmdLogFile={_folder["slurmd"]}-%n.log
        SwitchType=switch/none
        ReturnToService=2
        KillWait=10
        ProctrackType=proctrack/linuxproc
        TaskPlugin=task/none
        JobRequeue=1
        SelectType=select/cons_tres
        SelectTypeParameters=CR_Core
        SchedulerType=sched/backfill
        SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=1
        AccountingStorageType=accounting_storage/none
        JobCompType=jobcomp/none
        MinJobAge=3600
        MaxArraySize=101
        NodeName=n1 NodeHostname={_host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=1 State=UNKNOWN
        NodeName=n2 NodeHostname={_host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=1 State=UNKNOWN
        PartitionName=ci Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP

        """;
}
