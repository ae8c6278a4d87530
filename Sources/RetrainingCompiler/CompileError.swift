/// Why a graph cannot be compiled for a device: what, where, and what to do.
package struct CompileError: Error, Equatable, CustomStringConvertible, Sendable {
    /// One line: operation, fact, remedy.
    package let description: String

    init(_ description: String) { self.description = description }

    /// Everything the job keeps at once does not fit into device DRAM.
    static func outOfMemory(needed: UInt64, available: UInt64) -> Self {
        CompileError(
            "failed to place the job in device DRAM: it needs \(needed) bytes, the device has "
                + "\(available); choose fewer channels, a smaller size or a smaller batch"
        )
    }
}
