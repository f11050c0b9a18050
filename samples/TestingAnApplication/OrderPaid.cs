namespace TestingAnApplication;

/// <summary>The news that an order is paid, for whoever subscribes to it.</summary>
internal sealed record OrderPaid(int Number, string Payment);
