import AcceleratorISA
import Testing

@Suite struct CRC32CTests {
    /// RFC 3720, appendix B.4, and the check value of the polynomial's catalogue entry.
    @Test(
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0..<32), 0x46DD_794E),
            ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283),
            ([], 0),
        ] as [([UInt8], UInt32)]
    )
    func agreesWithPublishedValues(bytes: [UInt8], value: UInt32) {
        #expect(CRC32C.checksum(of: bytes.span.bytes) == value)
    }

    @Test func doesNotDependOnHowBytesAreCut() {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 * 37) }
        let whole = CRC32C.checksum(of: bytes.span.bytes)
        for cut in 0...100 {
            var checksum = CRC32C()
            checksum.update(with: bytes.span.bytes.extracting(0..<cut))
            checksum.update(with: bytes.span.bytes.extracting(cut..<100))
            #expect(checksum.value == whole)
        }
    }
}

@Suite struct WireFrameTests {
    private func sealed(_ header: WireFrame, payload: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: WireFrame.headerByteCount) + payload
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        header.seal(&raw)
        return bytes
    }

    private let sample = WireFrame(
        .memoryWrite,
        flags: [.answer, .failed],
        stream: 0x0102,
        epoch: 3,
        sequence: 4,
        commandID: 5,
        payloadByteCount: 3
    )

    private func opened(_ bytes: [UInt8]) throws(WireFault) -> WireFrame {
        let header = try WireFrame(decoding: bytes.span.bytes)
        try header.checkPayload(of: bytes.span.bytes)
        return header
    }

    @Test func decodingReturnsWhatWasSealed() throws {
        #expect(try opened(sealed(sample, payload: [1, 2, 3])) == sample)
    }

    @Test func bytesArePinned() {
        #expect(
            sealed(sample, payload: [1, 2, 3]) == [
                0x47, 0x41, 0x4E, 0x57, 1, 32, 3, 0, 2, 1, 0, 0, 3, 0, 0, 0,
                4, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 0x1E, 0xF2, 0x30, 0xF1,
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0D, 0x9B, 0x94, 0x46,
                1, 2, 3,
            ]
        )
    }

    @Test func everyFlippedBitIsNoticed() {
        let bytes = sealed(sample, payload: [1, 2, 3])
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: WireFault.self) { try opened(damaged) }
        }
    }

    @Test func anUncheckedPayloadIsNotLookedAt() throws {
        var header = sample
        header.flags = .unchecked
        var bytes = sealed(header, payload: [1, 2, 3])
        bytes[50] ^= 1
        #expect(try opened(bytes) == header)
        bytes.append(0)
        #expect(throws: WireFault.wrongLength) { try opened(bytes) }
    }

    @Test func payloadsSurviveTheWire() throws {
        var bytes = [UInt8](repeating: 0, count: 600)
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        let extent = MemoryExtent(address: 1 << 40 | 5, byteCount: 77)
        extent.encode(into: &raw, at: 8)
        let capabilities = DeviceCapabilities(
            dramByteCount: 1 << 33,
            sramByteCount: 7,
            dramBytesPerSecond: 9
        )
        capabilities.encode(into: &raw, at: 24)
        DeviceIdentity.current.encode(into: &raw, at: 48)
        var counters = DeviceCounters()
        counters.count(byteCount: 11, kind: .image, stage: .update, direction: .write)
        counters.count(byteCount: 12, kind: .featureMap, stage: .forward, direction: .read)
        counters.count(multiplyAccumulates: 13, stage: .weightGradient)
        counters.commandCount = 14
        counters.encode(into: &raw, at: 64)
        let all = raw.bytes
        #expect(MemoryExtent(decoding: all.extracting(8..<24)) == extent)
        #expect(DeviceCapabilities(decoding: all.extracting(24..<48)) == capabilities)
        #expect(DeviceIdentity(decoding: all.extracting(48..<64)) == .current)
        let end = 64 + DeviceCounters.encodedByteCount
        #expect(DeviceCounters(decoding: all.extracting(64..<end)) == counters)
    }

    @Test(
        arguments: [
            .completed, .failed(.overlapping, .sourceSum), .failed(.malformedCommand, nil), .notRun,
        ] as [CommandCompletion.Outcome]
    )
    func completionsSurviveTheWire(outcome: CommandCompletion.Outcome) {
        var bytes = [UInt8](repeating: 0xEE, count: 9)
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        let completion = CommandCompletion(commandID: 0xFFFF_0001, outcome: outcome)
        completion.encode(into: &raw, at: 1)
        #expect(CommandCompletion(decoding: raw.bytes, at: 1) == completion)
        #expect(CommandCompletion(decoding: raw.bytes, at: 2) == nil)
    }
}
