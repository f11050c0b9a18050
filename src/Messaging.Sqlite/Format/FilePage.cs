namespace Messaging.Sqlite.Format;

/// <summary>The pages of a store's file, which are also those of its write-ahead log.</summary>
internal static class FilePage
{
    public const long Size = 4_096;
}
