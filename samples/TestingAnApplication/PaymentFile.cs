using System.Globalization;
using System.Text;

namespace TestingAnApplication;

/// <summary>A payment book on a file, a line for each payment. An application that has a database keeps it there.</summary>
internal sealed class PaymentFile : IPaymentBook, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Payment> _payments = [];
    private readonly FileStream _file;

    public PaymentFile(string path)
    {
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        using var reader = new StreamReader(_file, leaveOpen: true);
        while (reader.ReadLine() is { } line)
        {
            // A line that a crash cut off is the last one, of a payment that nobody was told of.
            if (line.Split('\t') is [var order, var reference, var time, "end"])
            {
                var payment = new Payment(int.Parse(order, CultureInfo.InvariantCulture), reference, DateTimeOffset.Parse(time, CultureInfo.InvariantCulture));
                _payments[payment.Order] = payment;
            }
        }
    }

    public Payment? Find(int order)
    {
        lock (_gate)
        {
            return _payments.GetValueOrDefault(order);
        }
    }

    public void Add(Payment payment)
    {
        lock (_gate)
        {
            if (_payments.TryAdd(payment.Order, payment))
            {
                string line = string.Create(CultureInfo.InvariantCulture, $"\n{payment.Order}\t{payment.Reference}\t{payment.Time:O}\tend");
                _file.Write(Encoding.UTF8.GetBytes(line));
                _file.Flush(flushToDisk: true);
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
