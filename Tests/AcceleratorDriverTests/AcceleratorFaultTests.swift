import AcceleratorDriver
import AcceleratorISA
import ChipEmulator
import Testing

/// A fault of the link, and what the caller is told.
private struct FaultCase: CustomTestStringConvertible, Sendable {
    var fault: LinkFault
    var isReliable = true
    var error: AcceleratorError

    var testDescription: String { "\(fault.endpoint) \(fault.effect)" }
}

@Suite struct AcceleratorFaultTests {
    private static let commandCases: [FaultCase] = [
        .init(
            fault: .init(endpoint: .commands, frameIndex: 1, effect: .corruptFrame(byteOffset: 60)),
            error: .frameRefused(.commands, .payloadChecksum)
        ),
        .init(
            fault: .init(endpoint: .commands, frameIndex: 1, effect: .corruptFrame(byteOffset: 17)),
            error: .frameRefused(.commands, .headerChecksum)
        ),
        .init(
            fault: .init(
                endpoint: .commands,
                frameIndex: 1,
                effect: .corruptAnswer(byteOffset: 50)
            ),
            error: .wrongAnswer(.commands, .payloadChecksum)
        ),
        .init(
            fault: .init(endpoint: .commands, frameIndex: 1, effect: .corruptAnswer(byteOffset: 0)),
            error: .wrongAnswer(.commands, .malformedHeader)
        ),
        .init(
            fault: .init(endpoint: .commands, frameIndex: 1, effect: .stall),
            error: .transferFailed(.commands, .stalled)
        ),
    ]

    @Test(arguments: commandCases)
    private func aFaultOnTheCommandsIsReportedAndSurvived(fault: FaultCase) async throws {
        let accelerator = try await makeAccelerator(faults: [fault.fault])
        let commands = (1...100).map { fill(UInt32($0), at: UInt64($0) * 64, with: 1) }
        await #expect(throws: fault.error) { try await accelerator.submit(commands) }
        try await accelerator.submit(commands)
        #expect(try await accelerator.read(Float.self, from: 6400, count: 1) == [1])
        await accelerator.close()
    }

    private static let memoryCases: [FaultCase] = [
        .init(
            fault: .init(endpoint: .data, frameIndex: 2, effect: .corruptFrame(byteOffset: 70)),
            isReliable: false,
            error: .frameRefused(.memoryWrite, .payloadChecksum)
        ),
        .init(
            fault: .init(endpoint: .data, frameIndex: 2, effect: .corruptFrame(byteOffset: 44)),
            error: .frameRefused(.memoryWrite, .headerChecksum)
        ),
        .init(
            fault: .init(endpoint: .data, frameIndex: 0, effect: .stall),
            error: .transferFailed(.memoryWrite, .stalled)
        ),
    ]

    @Test(arguments: memoryCases)
    private func aFaultOnTheDataIsReportedAndSurvived(fault: FaultCase) async throws {
        let accelerator = try await makeAccelerator(
            isReliable: fault.isReliable,
            faults: [fault.fault]
        )
        let bytes = (0..<9999).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        await #expect(throws: fault.error) { try await accelerator.write(bytes, to: 3) }
        try await accelerator.write(bytes, to: 3)
        #expect(try await accelerator.read(from: 3, count: bytes.count) == bytes)
        await accelerator.close()
    }

    @Test func aDamagedReadIsNoticed() async throws {
        let fault = LinkFault(
            endpoint: .data,
            frameIndex: 1,
            effect: .corruptAnswer(byteOffset: 200)
        )
        let accelerator = try await makeAccelerator(isReliable: false, faults: [fault])
        try await accelerator.write([UInt8](repeating: 5, count: 800), to: 0)
        await #expect(throws: AcceleratorError.wrongAnswer(.memoryRead, .payloadChecksum)) {
            try await accelerator.read(UInt8.self, from: 0, count: 800)
        }
        let again = try await accelerator.read(UInt8.self, from: 0, count: 800)
        #expect(again == [UInt8](repeating: 5, count: 800))
        await accelerator.close()
    }

    @Test func aSilentDeviceIsGivenUpAndMayComeBack() async throws {
        let fault = LinkFault(endpoint: .commands, frameIndex: 0, effect: .silence)
        let accelerator = try await makeAccelerator(
            faults: [fault],
            frameTimeout: .milliseconds(500)
        )
        await #expect(throws: AcceleratorError.transferFailed(.commands, .timedOut)) {
            try await accelerator.submit([fill(1, at: 0, with: 1)])
        }
        try await accelerator.submit([fill(1, at: 0, with: 1)])
        await accelerator.close()
    }

    @Test func aDeviceThatCannotBeClearedIsClosed() async throws {
        // Control frames: identify, capabilities, open, then the abort after the failure.
        let faults = [
            LinkFault(endpoint: .commands, frameIndex: 0, effect: .stall),
            LinkFault(endpoint: .control, frameIndex: 3, effect: .silence),
        ]
        let accelerator = try await makeAccelerator(faults: faults)
        await #expect(throws: AcceleratorError.transferFailed(.commands, .stalled)) {
            try await accelerator.submit([fill(1, at: 0, with: 1)])
        }
        await #expect(throws: AcceleratorError.closed) {
            try await accelerator.submit([fill(1, at: 0, with: 1)])
        }
        await accelerator.close()
    }

    @Test(arguments: [0, 1, 2])
    func aDeviceThatDoesNotIntroduceItselfIsNotOpened(frameIndex: Int) async throws {
        let transport = try makeTransport(faults: [
            LinkFault(
                endpoint: .control,
                frameIndex: frameIndex,
                effect: .corruptFrame(byteOffset: 6)
            )
        ])
        await #expect(throws: AcceleratorError.self) { try await Accelerator.open(transport) }
        // It was closed: nothing moves any more.
        let transfer = transport.transfer(
            DMABuffer(capacity: 64),
            .in,
            on: .commands,
            timeout: .seconds(60)
        )
        let completion = await transfer.completion()
        #expect(completion.outcome == .failed(.disconnected))
    }
}
