namespace Messaging.Testing.Workloads.Clients;

/// <summary>One who works with a broker until the life is over.</summary>
internal interface IClient
{
    Task RunAsync();
}
