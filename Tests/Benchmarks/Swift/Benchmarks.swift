import ArgumentParser
import Dispatch

/// The Swift side of `compose/bench`: each subcommand does what the C program of its name does, and prints the same line.
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(subcommands: [Produce.self, Consume.self, Fold.self])
}

@main
enum Main {
    /// Not asynchronous itself: valgrind 3.19 dies where an asynchronous main parks the main thread for good.
    static func main() {
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            await Benchmarks.main()
            done.signal()
        }
        done.wait()
    }
}
