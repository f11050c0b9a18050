namespace Messaging.Testing.Workloads;

/// <summary>A message that is to be sent again under its id.</summary>
/// <param name="Destination">Where to.</param>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id.</param>
/// <param name="Due">When it is due, if it was scheduled; 0 if not.</param>
/// <param name="IsNextOpeningOnly">Whether the broker gave the id, which it recognizes in the next opening only.</param>
/// <param name="Life">The life in which it was sent, from 1.</param>
internal sealed record RepeatedSend(string Destination, string Name, MessageId Id, long Due, bool IsNextOpeningOnly = false, int Life = 0);
