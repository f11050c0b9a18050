// The program of a stranger who writes F#.
open System
open System.IO
open System.Threading
open System.Threading.Tasks
open Messaging

type Order = { Id: int }

let demand holds what =
    if not holds then
        failwith $"This does not hold: {what}."

let sendAndReceive (file: string) =
    task {
        use limit = new CancellationTokenSource(TimeSpan.FromSeconds 20.0)
        use! broker = SqliteMessageBroker.OpenAsync file
        let queue = broker.Queue "orders"
        let! receipt = queue.Producer<Order>().SendAsync({ Id = 42 }, limit.Token)
        demand (receipt.Durability = Durability.Power) "a send to a file survives a power cut"
        let! _ = queue.Producer<Order>().SendAsync({ Id = 43 })
        let! delivery = queue.Consumer<Order>().ReceiveAsync limit.Token
        demand (delivery.Body = { Id = 42 }) $"the first order comes first, not {delivery}"
        let! settlement = delivery.AckAsync()
        demand (settlement = Settlement.Acked) "the ack was confirmed"
    }

let handleTheRest (file: string) =
    task {
        let handled = TaskCompletionSource<Order>(TaskCreationOptions.RunContinuationsAsynchronously)
        use! broker = SqliteMessageBroker.OpenAsync file

        let handle (delivery: Delivery<Order>) (_: CancellationToken) =
            handled.TrySetResult delivery.Body |> ignore
            ValueTask.CompletedTask

        use _ = broker.Queue("orders").Handle<Order>(Func<Delivery<Order>, CancellationToken, ValueTask> handle)
        let! order = handled.Task.WaitAsync(TimeSpan.FromSeconds 20.0)
        demand (order = { Id = 43 }) "what was not acked comes again after the restart"
    }

let nothingIsLeft (file: string) =
    task {
        use! broker = SqliteMessageBroker.OpenAsync file
        demand (broker.Queue("orders").Statistics.Ready = 0L) "nothing is left"
    }

let folder = Directory.CreateTempSubdirectory("messaging-fsharp-").FullName
let file = Path.Combine(folder, "shop.db")

try
    for run in [ sendAndReceive; handleTheRest; nothingIsLeft ] do
        (run file).GetAwaiter().GetResult()
finally
    Directory.Delete(folder, true)

printfn "OK: F#; sent, restarted, received, handled, acked"
