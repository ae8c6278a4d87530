/// Bytes that a transfer may move: one owner at a time, and the memory goes with it.
///
/// A buffer goes into a transfer and comes home in its completion, also on failure.
///
/// `@unchecked Sendable`: the pointer is reached through the one owner only, which the compiler
/// sees to since the type cannot be copied.
package struct DMABuffer: ~Copyable, @unchecked Sendable {
    /// Bytes there is room for.
    package let capacity: Int
    /// Bytes that mean something: to send, or that came in.
    package var byteCount: Int {
        didSet { precondition(byteCount >= 0 && byteCount <= capacity, "a buffer holds too much") }
    }
    /// First byte, aligned to 64; valid as long as the buffer lives.
    package let base: UnsafeMutableRawPointer

    /// A buffer of zeros, empty.
    package init(capacity: Int) {
        precondition(capacity > 0, "a buffer has no room")
        self.capacity = capacity
        byteCount = 0
        base = .allocate(byteCount: capacity, alignment: 64)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: capacity)
    }

    deinit { base.deallocate() }

    /// Lends the bytes that mean something.
    package borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(RawSpan(_unsafeStart: base, byteCount: byteCount))
    }

    /// Lends all bytes there is room for, to write; the caller sets ``byteCount``.
    package mutating func withMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var span = MutableRawSpan(_unsafeStart: base, byteCount: capacity)
        return try body(&span)
    }
}

/// Buffers of one size that wait for work; an empty pool is back-pressure.
struct BufferPool<let slotCount: Int>: ~Copyable {
    private var slots: InlineArray<slotCount, DMABuffer?>

    init(_ make: () -> DMABuffer) { slots = InlineArray { _ in make() } }

    /// A buffer, nil when all are on their way.
    mutating func take() -> DMABuffer? {
        for slot in 0..<slotCount {
            if let buffer = slots[slot].take() { return buffer }
        }
        return nil
    }

    /// Takes a buffer home.
    mutating func give(_ buffer: consuming DMABuffer) {
        for slot in 0..<slotCount where slots[slot] == nil {
            slots[slot] = consume buffer
            return
        }
        preconditionFailure("more buffers come home than have left")
    }
}
