namespace TestingAnApplication;

/// <summary>What is sent with a delay, to look whether an order is paid by then.</summary>
internal sealed record Reminder(int Order);
