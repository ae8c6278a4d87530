import Glibc
import Synchronization

/// Signals that arrived; a handler may touch nothing else.
private let signalCount = Atomic<Int>(0)

/// Signals that ask the program to end: the first is remembered, the second ends it at once.
enum Interruption {
    /// Starts to remember SIGINT and SIGTERM.
    static func watch() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                let earlier = signalCount.wrappingAdd(1, ordering: .relaxed).oldValue
                if earlier > 0 { _exit(130) }
            }
        }
    }

    /// Whether the program was asked to end.
    static var isRequested: Bool { signalCount.load(ordering: .relaxed) > 0 }
}
