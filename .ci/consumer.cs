// The program of a stranger: it looks into the packages, then uses those it has installed, on a file and in virtual time.
// Arguments: the folder of packages, their version, and the folders of the projects that became packages.
using System.IO.Compression;
using Messaging;
using Messaging.Testing;

string packages = args[0];
string version = args[1];
foreach (string project in args[2..].Select(folder => Path.GetFileName(folder.TrimEnd('/'))))
{
    if (File.Exists(Path.Combine(packages, $"{project}.{version}.nupkg")))
    {
        CheckPackage(project);
    }
    else
    {
        Demand(false, $"{project} is not packed");
    }
}

string folder = Directory.CreateTempSubdirectory("messaging-consumer-").FullName;
string file = Path.Combine(folder, "shop.db");
try
{
    await using (MessageBroker broker = await MessageBroker.OpenAsync(file))
    {
        Receipt receipt = await broker.Queue("orders").Producer<Order>().SendAsync(new Order(42));
        Demand(receipt.Durability == Durability.Power, $"a send to a file survives a power cut, not {receipt.Durability}");
    }

    await using (MessageBroker broker = await MessageBroker.OpenAsync(file))
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        Delivery<Order> delivery = await broker.Queue("orders").Consumer<Order>().ReceiveAsync(limit.Token);
        Demand(delivery.Body == new Order(42), $"the order came back as {delivery.Body}");
        Demand(await delivery.AckAsync() == Settlement.Acked, "the ack was confirmed");
    }

    await using (MessageBroker broker = await MessageBroker.OpenAsync(file))
    {
        Demand(!broker.Queue("orders").Consumer<Order>().TryReceive(out _), "an acked message is gone");
        Demand(broker.Queue("orders").Statistics.Ready == 0, "nothing is left");
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

await using (TestBroker test = TestBroker.Start())
{
    await test.Broker.Queue("orders").Producer<Order>().SendAsync(new Order(42), new() { Delay = TimeSpan.FromDays(1) });
    test.Broker.Queue("orders").Handle<Order>((_, _) => ValueTask.CompletedTask);
    await test.AdvanceAsync(TimeSpan.FromDays(1));
    test.Settled.At(TimeSpan.FromDays(1));
}

Console.WriteLine($"OK: {args.Length - 2} packages of version {version}; sent, restarted, received, acked; tested in virtual time");

void CheckPackage(string id)
{
    using ZipArchive package = ZipFile.OpenRead(Path.Combine(packages, $"{id}.{version}.nupkg"));
    foreach (string entry in new[] { "README.md", $"{id}.nuspec", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml" })
    {
        Demand(package.GetEntry(entry) is { Length: > 0 }, $"{id} holds {entry}");
    }

    using var specification = new StreamReader(package.GetEntry($"{id}.nuspec")!.Open());
    string text = specification.ReadToEnd();
    Demand(text.Contains("<license type=\"expression\">MIT</license>"), $"{id} is under the MIT licence");
    Demand(text.Contains("<readme>README.md</readme>"), $"{id} shows its README");
    Demand(!text.Contains("Microsoft.CodeAnalysis"), $"{id} brings no build tools along");
    CheckReadme(id, package);

    using ZipArchive symbols = ZipFile.OpenRead(Path.Combine(packages, $"{id}.{version}.snupkg"));
    Demand(symbols.GetEntry($"lib/net10.0/{id}.pdb") is { Length: > 0 }, $"{id} has symbols");
}

// Whoever reads the page in a package manager has the package and nothing else: what the page names must be in it.
void CheckReadme(string id, ZipArchive package)
{
    using var reader = new StreamReader(package.GetEntry("README.md")!.Open());
    string page = reader.ReadToEnd();
    Demand(page.StartsWith($"# {id}\n", StringComparison.Ordinal), $"the page of {id} is its own");
    Demand(!page.Contains("]("), $"the page of {id} has no link");
    if (id == "Messaging")
    {
        string[] named = [.. page.Split('`').Where(part => part.EndsWith(".md", StringComparison.Ordinal))];
        Demand(named.Length > 8, $"the page of {id} names the guide");
        foreach (string name in named)
        {
            Demand(package.GetEntry(name) is { Length: > 0 }, $"{id} holds {name}, which its page names");
        }
    }
}

static void Demand(bool holds, string what)
{
    if (!holds)
    {
        throw new InvalidOperationException($"This does not hold: {what}.");
    }
}

internal sealed record Order(int Id);
