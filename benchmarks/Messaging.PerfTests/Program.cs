using Messaging.PerfTests;
using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;
using Messaging.PerfTests.Scenarios;

// The hidden verb: D3 opens its file in a process that has done nothing before.
if (args is [OpeningProbe.Verb, .. var rest])
{
    return await OpeningProbe.RunAsync(rest);
}

RunOptions options;
try
{
    options = RunOptions.Parse(args, ScenarioCatalogue.Ids);
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.WriteLine(RunOptions.Usage);
    return ExitCode.Usage;
}

if (options.Help)
{
    Console.WriteLine(RunOptions.Usage);
    return ExitCode.Success;
}

MachineFacts machine = MachineFacts.Collect(options.Folder);
Console.Error.WriteLine(machine.ToText());
var others = new OtherProcesses();
double? othersShare = null;
var results = new List<ScenarioResult>();
var failures = new List<string>();
foreach (IScenario scenario in ScenarioCatalogue.All)
{
    if (options.Includes(scenario.Id) && (scenario.HasBaseLine || !options.Noise))
    {
        try
        {
            ScenarioResult result = await scenario.RunAsync(options);
            results.Add(result);
            others.Exclude(result.ServerCpu);
            othersShare = scenario.StartsProcesses ? othersShare : others.Share();
        }
        catch (Exception e)
        {
            failures.Add($"{scenario.Id}: {e.Message}");
            Console.Error.WriteLine($"{scenario.Id} FAILED: {e}");
        }
    }
}

Report report = Report.Of(machine, othersShare, options, results, failures);
ReportTable.Write(report);
if (options.JsonFile is { } file)
{
    ReportJson.Write(report, file);
}

if (options.ResultsFolder is { } folder)
{
    ChartFiles.Write(report, [.. results.SelectMany(static r => r.Charts)], folder);
}

// A scenario that hung has left threads behind that never end, so the process is ended rather than left to run out.
Environment.Exit(ExitCode.Of(report, options.Check));
return ExitCode.Success;
