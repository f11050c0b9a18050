using ReadmePrograms;

// The programs of the README, the guide and the package pages, on files in a folder that is gone afterwards.
string folder = Directory.CreateTempSubdirectory("messaging-readme-").FullName;
Environment.CurrentDirectory = folder;
try
{
    await PointToPoint.RunAsync();
    await PublishSubscribe.RunAsync();
    await Handler.RunAsync();
    await DeadLetters.RunAsync();
    await Later.RunAsync();
    await Sending.RunAsync();
    await RetryPolicies.RunAsync();
    await Files.RunAsync();
    await Limits.RunAsync();
    await InMemory.RunAsync();
    await Trimmed.RunAsync();
    await TestOfARetry.RunAsync();
    await TestOfALoop.RunAsync();
    await TestWithFaults.RunAsync();
    await TestOfAStore.RunAsync();
    Console.WriteLine("All programs of the pages ran.");
}
finally
{
    Environment.CurrentDirectory = Path.GetTempPath();
    Directory.Delete(folder, recursive: true);
}
