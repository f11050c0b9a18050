using System.Text;
using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Logging;
using Messaging.Producers;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Subscriptions;
using Messaging.Testing;
using Messaging.Writing;
using Microsoft.Extensions.Logging.Abstractions;
using Record = Messaging.Records.Record;

namespace Messaging.Engine.Tests.Producers;

public sealed class MessageEncoderTests : IDisposable
{
    private const int Limit = 10_000;

    private readonly BrokerContext _context;

    public MessageEncoderTests()
    {
        var time = new VirtualTime();
        var clock = new BrokerClock(time);
        var work = new PooledWork();
        _context = new BrokerContext
        {
            Options = new BrokerOptions { MaxBodyBytes = Limit, Serializer = new JsonMessageSerializer(OrderContext.Default), TimeProvider = time },
            Clock = clock,
            Scheduler = new Scheduler(time, clock, work),
            Work = work,
            Catalog = new Catalog(writer: null, lastId: 0),
            Logger = new LogQueue(NullLogger.Instance, work),
            Epoch = 3,
            StoreId = 4,
        };
    }

    public void Dispose() => _context.Scheduler.Dispose();

    [Fact]
    public void Body_ByReference_IsKeptAsItIs()
    {
        var body = new Version(1, 2);
        var extras = new MessageExtras { Destination = "x" };

        Record record = MessageEncoder.Encode(_context, body, extras, serialize: false);

        record.IsEncoded.Should().BeFalse();
        record.Body.Should().BeSameAs(body);
        record.Extras.Should().BeSameAs(extras);
        record.SentAt.Should().Be(_context.Clock.Now);
    }

    [Fact]
    public void Body_Serialized_IsReadAgainWithItsHead()
    {
        Record record = MessageEncoder.Encode(_context, new Order(1, "Ann", []), new MessageExtras { Id = new MessageId(5, 6) }, serialize: true);

        RecordHead head = RecordCodec.ReadHead(record.Payload);
        (head.Epoch, head.SentAt, head.Extras!.Id).Should().Be((3u, _context.Clock.Now, new MessageId(5, 6)));
        Encoding.UTF8.GetString(head.Body.Span).Should().Be("""{"number":1,"customer":"Ann","lines":[]}""");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RawBody_AtTheLimit_IsTakenAndOneByteMoreIsRefused(bool serialize)
    {
        MessageEncoder.Encode(_context, new byte[Limit], null, serialize);
        MessageEncoder.Encode(_context, new ReadOnlyMemory<byte>(new byte[Limit]), null, serialize);

        Refused(() => MessageEncoder.Encode(_context, new byte[Limit + 1], null, serialize)).Should().Be((Limit + 1, Limit));
        Refused(() => MessageEncoder.Encode(_context, new ReadOnlyMemory<byte>(new byte[Limit + 1]), null, serialize)).Should().Be((Limit + 1, Limit));
    }

    [Theory]
    [InlineData(typeof(Version), true)]
    [InlineData(typeof(int), true)]
    [InlineData(typeof(int?), true)]
    [InlineData(typeof(DayOfWeek[]), true)]
    [InlineData(typeof(IDisposable), true)]
    [InlineData(typeof(object), false)]
    [InlineData(typeof(ValueType), false)]
    [InlineData(typeof(Array), false)]
    [InlineData(typeof(IComparable), false)]
    [InlineData(typeof(IEnumerable<byte>), false)]
    [InlineData(typeof(IReadOnlyList<char>), true)]
    [InlineData(typeof(IEnumerable<char>), false)]
    [InlineData(typeof(IComparable<char>), false)]
    [InlineData(typeof(string), false)]
    [InlineData(typeof(char), false)]
    [InlineData(typeof(char?), false)]
    [InlineData(typeof(byte[]), false)]
    [InlineData(typeof(Memory<byte>), false)]
    [InlineData(typeof(Memory<byte>?), false)]
    [InlineData(typeof(ReadOnlyMemory<byte>?), false)]
    [InlineData(typeof(ArraySegment<byte>), false)]
    public void PlainType_IsOne_WhoseBodiesAreNeverBytesNorText(Type type, bool isPlain) => MessageEncoder.IsPlain(type).Should().Be(isPlain);

    [Fact]
    public void SignedBytes_AreNoBytes_ForAReader()
    {
        RawBody.TryGet(new sbyte[] { -1 }, out _).Should().BeFalse();
        RawBody.TryGet<object>(new Small[] { Small.One }, out _).Should().BeFalse();
        RawBody.TryGet<object>(new byte[] { 1 }, out _).Should().BeTrue();
    }

    [Theory]
    [InlineData('x', 1)]
    [InlineData('\u0001', 6)]
    [InlineData('€', 6)]
    public void Text_AtTheLimit_IsTakenAndOneMoreIsRefused(char letter, int bytes)
    {
        int most = (Limit - 2) / bytes;

        MessageEncoder.Encode(_context, new string(letter, most), null, serialize: true).Size.Should().Be(13 + 2 + (most * bytes));
        this.Invoking(test => test.EncodeText(new string(letter, most + 1))).Should().Throw<MessageTooLargeException>();
    }

    [Fact]
    public void Text_FarOverTheLimit_IsRefusedWithoutAllocatingItsEncoding()
    {
        string text = new('x', 20_000_000);
        this.Invoking(test => test.EncodeText(new string('x', Limit))).Should().Throw<MessageTooLargeException>();
        long before = GC.GetAllocatedBytesForCurrentThread();

        this.Invoking(test => test.EncodeText(text)).Should().Throw<MessageTooLargeException>();

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(10_000_000, "the text alone would encode to 20 MB");
    }

    [Fact]
    public void Elements_OverTheLimit_AreRefusedWhileTheyAreWritten()
    {
        int shown = 0;
        IEnumerable<int> Endless()
        {
            while (true)
            {
                shown++;
                yield return 7;
            }
        }

        this.Invoking(test => MessageEncoder.Encode(test._context, Endless(), null, serialize: true)).Should().Throw<MessageTooLargeException>();

        shown.Should().BeInRange(Limit / 2, Limit * 4);
    }

    [Fact]
    public void Body_AfterARefusedOne_IsEncodedWithoutItsRemains()
    {
        this.Invoking(test => test.EncodeText(new string('x', Limit))).Should().Throw<MessageTooLargeException>();

        RecordHead head = RecordCodec.ReadHead(EncodeText("y").Payload);

        Encoding.UTF8.GetString(head.Body.Span).Should().Be("\"y\"");
    }

    [Fact]
    public void Body_ThatTheSerializerDoesNotKnow_IsRefusedByItsType() =>
        this.Invoking(test => MessageEncoder.Encode(test._context, new Version(1, 2), null, serialize: true))
            .Should().Throw<BodyFormatException>().WithMessage("*System.Version*Nothing was sent*").WithInnerException<NotSupportedException>();

    [Fact]
    public void Headers_AtTheirLimits_AreTakenAndOneMoreIsRefused()
    {
        var options = new BrokerOptions { MaxHeaders = 2, MaxHeaderBytes = 12 };
        var headers = new MessageHeaders { ["a"] = "12345", ["b"] = "€12" };

        MessageHeaders? taken = MessageEncoder.CheckHeaders(options, headers);

        taken.Should().BeEquivalentTo(headers);
        headers["b"] = "€123";
        taken!["b"].Should().Be("€12", "a send copies its headers");
        Refused(() => MessageEncoder.CheckHeaders(options, headers)).Should().Be((13, 12));
        headers["c"] = "";
        Refused(() => MessageEncoder.CheckHeaders(options, headers)).Should().Be((3, 2));
    }

    [Fact]
    public void Headers_OfWhichThereAreNone_AreNotKept()
    {
        MessageEncoder.CheckHeaders(_context.Options, null).Should().BeNull();
        MessageEncoder.CheckHeaders(_context.Options, new MessageHeaders()).Should().BeNull();
    }

    private Record EncodeText(string text) => MessageEncoder.Encode(_context, text, null, serialize: true);

    private static (long Actual, long Limit) Refused(Action action)
    {
        MessageTooLargeException refusal = action.Should().Throw<MessageTooLargeException>().Which;
        return (refusal.Actual, refusal.Limit);
    }

    private enum Small : byte
    {
        One = 1,
    }
}
