import AcceleratorISA

extension Accelerator {
    /// Writes values to device memory, in the host's byte order (little-endian).
    ///
    /// - Parameters:
    ///   - values: Any number of fixed-size values.
    ///   - address: First byte in device DRAM; any, not only aligned ones.
    /// - Throws: `.frameRefused` for a range past the end of DRAM, or how the link failed. Part of
    ///   the range may have been written.
    package func write<Element: BitwiseCopyable & Sendable>(
        _ values: [Element],
        to address: UInt64
    ) async throws(AcceleratorError) {
        let byteCount = values.count * MemoryLayout<Element>.stride
        guard byteCount > 0 else { return }
        try await enter()
        defer { leave() }
        try await moveFrames(byteCount: byteCount) { range throws(AcceleratorError) in
            self.start(.memoryWrite, .write) { frame in
                let extent = MemoryExtent(
                    address: address &+ UInt64(range.lowerBound),
                    byteCount: UInt64(range.count)
                )
                extent.encode(into: &frame, at: WireFrame.headerByteCount)
                values.withUnsafeBytes { source in
                    frame.withUnsafeMutableBytes { target in
                        UnsafeMutableRawBufferPointer(
                            rebasing: target[Configuration.dataFrameOverhead...]
                        ).copyMemory(from: UnsafeRawBufferPointer(rebasing: source[range]))
                    }
                }
                return MemoryExtent.encodedByteCount + range.count
            }
        } receive: { _, payload throws(AcceleratorError) in
            guard payload.byteCount == 0 else { throw .wrongAnswer(.memoryWrite, nil) }
        }
    }

    /// Reads values from device memory, in the host's byte order (little-endian).
    ///
    /// - Parameters:
    ///   - type: What the bytes are; any bits must be a value of it.
    ///   - address: First byte in device DRAM; any, not only aligned ones.
    ///   - count: Values to read. All their bytes must have been written before.
    /// - Returns: `count` values.
    /// - Throws: `.frameRefused` for a range past the end of DRAM or one never written, or how the
    ///   link failed.
    package func read<Element: BitwiseCopyable & Sendable>(
        _ type: Element.Type = Element.self,
        from address: UInt64,
        count: Int
    ) async throws(AcceleratorError) -> [Element] {
        precondition(count >= 0, "a count is below zero")
        let byteCount = count * MemoryLayout<Element>.stride
        guard byteCount > 0 else { return [] }
        try await enter()
        defer { leave() }
        let whole = DMABuffer(capacity: byteCount)
        let base = whole.base
        try await moveFrames(byteCount: byteCount) { range throws(AcceleratorError) in
            self.start(.memoryRead, .read) { frame in
                let extent = MemoryExtent(
                    address: address &+ UInt64(range.lowerBound),
                    byteCount: UInt64(range.count)
                )
                extent.encode(into: &frame, at: WireFrame.headerByteCount)
                return MemoryExtent.encodedByteCount
            }
        } receive: { range, payload throws(AcceleratorError) in
            let extent = MemoryExtent(
                address: address &+ UInt64(range.lowerBound),
                byteCount: UInt64(range.count)
            )
            guard payload.byteCount == MemoryExtent.encodedByteCount + range.count,
                MemoryExtent(decoding: payload) == extent
            else { throw .wrongAnswer(.memoryRead, nil) }
            payload.withUnsafeBytes { source in
                let values = UnsafeRawBufferPointer(
                    rebasing: source[MemoryExtent.encodedByteCount...]
                )
                UnsafeMutableRawBufferPointer(start: base + range.lowerBound, count: range.count)
                    .copyMemory(from: values)
            }
        }
        return [Element](unsafeUninitializedCapacity: count) { values, initializedCount in
            UnsafeMutableRawBufferPointer(values).copyMemory(
                from: UnsafeRawBufferPointer(start: whole.base, count: byteCount)
            )
            initializedCount = count
        }
    }

    /// Moves `byteCount` bytes in frames, several on their way at once, in order.
    private func moveFrames(
        byteCount: Int,
        send: (Range<Int>) throws(AcceleratorError) -> Exchange,
        receive: (Range<Int>, RawSpan) throws(AcceleratorError) -> Void
    ) async throws(AcceleratorError) {
        var inFlight: [(exchange: Exchange, range: Range<Int>)] = []
        var next = 0
        do throws(AcceleratorError) {
            while next < byteCount || !inFlight.isEmpty {
                while next < byteCount, inFlight.count < Self.frameDepth {
                    guard !Task.isCancelled else { throw .cancelled }
                    let range = next..<min(byteCount, next + configuration.dataFrameByteCount)
                    inFlight.append((try send(range), range))
                    next = range.upperBound
                }
                let oldest = inFlight.removeFirst()
                try await finish(oldest.exchange) { payload throws(AcceleratorError) in
                    try receive(oldest.range, payload)
                }
            }
        } catch {
            await abandon(inFlight.map(\.exchange))
            await startOver()
            throw error
        }
    }
}
