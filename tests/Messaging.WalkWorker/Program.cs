using Messaging.WalkWorker;

if (args is not [var folder])
{
    Console.Error.WriteLine("usage: Messaging.WalkWorker <folder for the walks>");
    return 2;
}

string path = Path.Combine(folder, "walk.db");
await Walk.InMemoryAsync(Path.Combine(folder, "memory.txt"));
await Walk.OnFileAsync(path, Path.Combine(folder, "file.txt"), Path.Combine(folder, "scheduled.txt"));
await Walk.OpeningAsync(path, Path.Combine(folder, "opening.txt"));
await Walk.ToDeadLetterAsync(Path.Combine(folder, "dead-letter.txt"));
await Walk.AdvanceAsync(Path.Combine(folder, "advance.txt"));
return 0;
