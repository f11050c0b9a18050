using Messaging.Diagnostics;

namespace Messaging.Engine.Tests.Diagnostics;

public sealed class TypeNameTests
{
    [Theory]
    [InlineData(typeof(string), "System.String")]
    [InlineData(typeof(int?), "System.Int32?")]
    [InlineData(typeof(byte[]), "System.Byte[]")]
    [InlineData(typeof(int[,]), "System.Int32[,]")]
    [InlineData(typeof(List<string>), "System.Collections.Generic.List<System.String>")]
    [InlineData(typeof(Dictionary<string, List<int?>[]>), "System.Collections.Generic.Dictionary<System.String, System.Collections.Generic.List<System.Int32?>[]>")]
    [InlineData(typeof((int, string)), "System.ValueTuple<System.Int32, System.String>")]
    [InlineData(typeof(TypeNameTests), "Messaging.Engine.Tests.Diagnostics.TypeNameTests")]
    [InlineData(typeof(Outer<int>.Middle.Inner<string>), "Messaging.Engine.Tests.Diagnostics.TypeNameTests+Outer<System.Int32>+Middle+Inner<System.String>")]
    public void Name_OfAType_IsAsItsAuthorWritesIt(Type type, string name) => TypeName.Of(type).Should().Be(name);

    [Fact]
    public void Name_OfATypeOfOurs_NamesItsBodies() =>
        TypeName.Of("Consumer", typeof(List<string>)).Should().Be("Consumer<System.Collections.Generic.List<System.String>>");

    private static class Outer<T1>
    {
        public static class Middle
        {
            public sealed class Inner<T2>;
        }
    }
}
