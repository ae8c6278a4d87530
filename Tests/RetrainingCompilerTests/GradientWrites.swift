import AcceleratorISA
import RetrainingCompiler

/// The commands of a program that write gradients, by the gradient's place in device DRAM.
///
/// Means something only for a program that keeps its results: only there has each gradient a place
/// of its own.
struct GradientWrites {
    /// Per address: place and flag of every write, in order.
    let writes: [UInt64: [(command: Int, accumulates: Bool)]]

    init(_ program: Program) {
        var writes: [UInt64: [(command: Int, accumulates: Bool)]] = [:]
        for (number, command) in program.commands.enumerated() {
            let roles: [OperandRole] =
                command.opcode == .reduce ? [.destination] : [.weightGradient, .biasGradient]
            for role in roles {
                guard let tensor = command.operands[role], tensor.kind == .gradient else {
                    continue
                }
                let isSum = command.flags.contains(
                    role == .biasGradient ? .accumulatesBias : .accumulates
                )
                writes[tensor.address, default: []].append((number, isSum))
            }
        }
        self.writes = writes
    }

    /// Gradients whose first write adds to what was there, or whose later ones do not.
    var faults: [UInt64] {
        writes.filter { _, list in
            list.enumerated().contains { $1.accumulates != ($0 > 0) }
        }.keys.sorted()
    }
}
