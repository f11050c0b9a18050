namespace Messaging.Specification.Tests.Broker;

/// <summary>Bodies of a known size as a record: the body and the 13 bytes of a record's head.</summary>
internal static class Bodies
{
    public const int HundredBytes = 100;

    /// <summary>Makes a body whose record takes a hundred bytes and which is known by its number.</summary>
    public static byte[] Hundred(int number) => OfRecordSize(HundredBytes, number);

    public static byte[] OfRecordSize(int bytes, int number)
    {
        byte[] body = new byte[bytes - 13];
        BitConverter.TryWriteBytes(body, number);
        return body;
    }

    public static int Number(byte[] body) => BitConverter.ToInt32(body);
}
