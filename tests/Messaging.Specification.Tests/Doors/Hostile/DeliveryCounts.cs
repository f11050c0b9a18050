namespace Messaging.Specification.Tests.Doors.Hostile;

internal readonly record struct DeliveryCounts(int Attempt, int Failures);
