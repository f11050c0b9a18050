using System.Buffers;

namespace Messaging;

/// <summary>The translation between bodies and bytes.</summary>
/// <remarks>Called from many threads at once. <see cref="ReadOnlyMemory{T}"/>, <see cref="Memory{T}"/> and
/// <see cref="ArraySegment{T}"/> of bytes and <see cref="T:byte[]"/> never reach it: they pass through.
/// A body is read under the message's lease. So a call that hangs holds its caller only, and the message goes to others when the lease ends.</remarks>
public interface IMessageSerializer
{
    /// <summary>Writes a body.</summary>
    /// <typeparam name="T">The producer's type.</typeparam>
    /// <param name="body">The body.</param>
    /// <param name="output">Where to write.</param>
    void Serialize<T>(T body, IBufferWriter<byte> output);

    /// <summary>Reads a body.</summary>
    /// <typeparam name="T">The consumer's type.</typeparam>
    /// <param name="data">The bytes; they may be kept.</param>
    /// <returns>The body. Any exception means that it cannot be read: the message is dead-lettered.</returns>
    T Deserialize<T>(ReadOnlyMemory<byte> data);
}
