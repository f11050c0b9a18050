namespace Messaging.Sqlite.Tests.Hostile;

/// <summary>Something around or in a file that is not a store's own, and what becomes of the call that meets it.</summary>
/// <param name="Call">The call, and the state of the store.</param>
/// <param name="What">What lies where.</param>
/// <param name="Gets">What the call gets: a part of the refusal's text, with <c>*</c> for what is left out, or "accepted" and a word about the rest.</param>
/// <param name="Arrange">Puts it there.</param>
internal sealed record HostileCase(HostileCall Call, string What, string Gets, Action<HostileFolder> Arrange)
{
    public const string Accepted = "accepted";

    /// <summary>Gets the file that the call names, within the folder.</summary>
    public string Target { get; init; } = Call == HostileCall.Backup ? "copy.db" : "s.db";

    /// <summary>Gets the exception of a refusal.</summary>
    public Type Refusal { get; init; } = typeof(StoreFormatException);

    public bool IsAccepted => Gets.StartsWith(Accepted, StringComparison.Ordinal);

    /// <summary>Gets the row of the table in the README of the tests.</summary>
    public string Row => $"| {Call.ToString().ToLowerInvariant()} | {What} | {(IsAccepted ? Gets : "\"" + Gets.Replace("*", "…", StringComparison.Ordinal) + "\"")} |";

    public override string ToString() => $"{Call}: {What}";
}
