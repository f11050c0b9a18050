using System.Xml.Linq;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>Each project references what the table of packages allows, and nothing else.</summary>
internal static class ReferenceRule
{
    private const string Rule = "references";

    /// <summary>What each project may reference. A project that is not here is a violation: it must be earned first.</summary>
    private static readonly Dictionary<string, Allowed> _matrix = new()
    {
        ["Messaging.Abstractions"] = new([], []),
        ["Messaging.Engine"] = new(["Messaging.Abstractions"], ["Microsoft.Extensions.Logging.Abstractions"]),
        ["Messaging.Sqlite"] = new(["Messaging.Abstractions"], ["Microsoft.Data.Sqlite.Core", "SQLitePCLRaw.bundle_e_sqlite3"]),
        ["Messaging"] = new(["Messaging.Engine", "Messaging.Sqlite"], ["Microsoft.Extensions.Hosting.Abstractions"]),
        ["Messaging.Testing"] = new(["Messaging.Abstractions", "Messaging.Engine"], []),
    };

    /// <summary>Checks project files, and the property files that apply to all of them.</summary>
    public static IEnumerable<string> Check(IEnumerable<TextFile> files)
    {
        foreach (TextFile file in files)
        {
            Allowed? allowed = file.Path.EndsWith(".csproj", StringComparison.Ordinal) ? _matrix.GetValueOrDefault(file.Name) : new([], []);
            if (allowed is null)
            {
                yield return file.At(1, Rule, $"the project {file.Name} is not in the table");
                continue;
            }

            foreach (XElement item in XDocument.Parse(file.Text, LoadOptions.SetLineInfo).Descendants())
            {
                string name = item.Attribute("Include")?.Value ?? "";
                bool violation = item.Name.LocalName switch
                {
                    "ProjectReference" => !allowed.Projects.Contains(Path.GetFileNameWithoutExtension(name.Replace('\\', '/'))),
                    "PackageReference" => !IsPrivate(item) && !allowed.Packages.Contains(name),
                    "FrameworkReference" or "Reference" => true,
                    _ => false,
                };
                if (violation)
                {
                    yield return file.At(((System.Xml.IXmlLineInfo)item).LineNumber, Rule, $"{file.Name} may not reference {name}");
                }
            }
        }
    }

    // A private reference is a build tool's: users do not get it.
    private static bool IsPrivate(XElement item) =>
        (item.Attribute("PrivateAssets")?.Value ?? item.Element("PrivateAssets")?.Value) == "all";

    private sealed record Allowed(string[] Projects, string[] Packages);
}
