namespace Messaging.Diagnostics;

/// <summary>How a delivery ended.</summary>
internal enum DeliveryEnd
{
    Acked,

    /// <summary>Its consumer nacked it, or its handler threw.</summary>
    Nacked,

    /// <summary>Its consumer gave it up.</summary>
    Rejected,

    /// <summary>Its lease ended.</summary>
    Expired,

    /// <summary>Its consumer was closed.</summary>
    Returned,
}
