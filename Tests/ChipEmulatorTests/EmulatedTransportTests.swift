import AcceleratorDriver
import AcceleratorISA
import ChipEmulator
import FirmwareCore
import Testing

@Suite struct EmulatedTransportTests {
    private func makeTransport() async throws -> any DeviceTransport {
        let provider = EmulatorProvider(
            capabilities: DeviceCapabilities(dramByteCount: 1 << 20)
        )
        return try await provider.open(#require(await provider.enumerate().first))
    }

    private func frame(_ header: WireFrame) -> DMABuffer {
        var buffer = DMABuffer(capacity: 256)
        buffer.byteCount = header.byteCount
        buffer.withMutableBytes { header.seal(&$0) }
        return buffer
    }

    private func header(of buffer: borrowing DMABuffer) throws -> WireFrame {
        try buffer.withBytes { try WireFrame(decoding: $0) }
    }

    @Test func theAnswerTakesAControlFramesPlace() async throws {
        let transport = try await makeTransport()
        let completion = await transport.control(
            frame(WireFrame(.openSession)),
            timeout: .seconds(60)
        )
        let answer = try header(of: completion.buffer)
        #expect(answer.flags == .answer)
        #expect(answer.epoch == 1)
        await transport.close()
    }

    @Test func aFrameWaitsForRoomAndBothBuffersComeHome() async throws {
        let transport = try await makeTransport()
        _ = await transport.control(frame(WireFrame(.openSession)), timeout: .seconds(60))
        let out = transport.transfer(
            frame(WireFrame(.commands, epoch: 1)),
            .out,
            on: .commands,
            timeout: .seconds(60)
        )
        let answer = transport.transfer(
            DMABuffer(capacity: 512),
            .in,
            on: .commands,
            timeout: .seconds(60)
        )
        let sent = await out.completion()
        #expect(sent.outcome == .completed(byteCount: WireFrame.headerByteCount))
        #expect(sent.buffer.capacity == 256)
        let received = await answer.completion()
        #expect(received.outcome == .completed(byteCount: WireFrame.headerByteCount))
        #expect(received.buffer.capacity == 512)
        #expect(try header(of: received.buffer).flags == .answer)
        await transport.close()
    }

    @Test func aTransferThatNothingHappensToTimesOut() async throws {
        let transport = try await makeTransport()
        let transfer = transport.transfer(
            DMABuffer(capacity: 77),
            .in,
            on: .data,
            timeout: .milliseconds(5)
        )
        let completion = await transfer.completion()
        #expect(completion.outcome == .failed(.timedOut))
        #expect(completion.buffer.capacity == 77)
        await transport.close()
    }

    @Test func roomForLessThanAnAnswerIsAnOverrun() async throws {
        let transport = try await makeTransport()
        let answer = transport.transfer(
            DMABuffer(capacity: 8),
            .in,
            on: .data,
            timeout: .seconds(60)
        )
        let out = transport.transfer(
            frame(WireFrame(.memoryRead)),
            .out,
            on: .data,
            timeout: .seconds(60)
        )
        _ = await out.completion()
        let completion = await answer.completion()
        #expect(completion.outcome == .failed(.overrun))
        await transport.close()
    }

    @Test func resettingCancelsTransfersAndEndsTheSession() async throws {
        let transport = try await makeTransport()
        _ = await transport.control(frame(WireFrame(.openSession)), timeout: .seconds(60))
        let pending = transport.transfer(
            DMABuffer(capacity: 64),
            .in,
            on: .commands,
            timeout: .seconds(60)
        )
        await transport.reset()
        let cancelled = await pending.completion()
        #expect(cancelled.outcome == .failed(.cancelled))
        let answer = transport.transfer(
            DMABuffer(capacity: 64),
            .in,
            on: .commands,
            timeout: .seconds(2)
        )
        let out = transport.transfer(
            frame(WireFrame(.commands, epoch: 1)),
            .out,
            on: .commands,
            timeout: .seconds(60)
        )
        let sent = await out.completion()
        #expect(sent.outcome == .completed(byteCount: WireFrame.headerByteCount))
        // The frame was of an ended session: dropped without an answer.
        let dropped = await answer.completion()
        #expect(dropped.outcome == .failed(.timedOut))
        await transport.close()
    }

    @Test func cancellingBringsTheBufferHome() async throws {
        let transport = try await makeTransport()
        let transfer = transport.transfer(
            DMABuffer(capacity: 64),
            .in,
            on: .data,
            timeout: .seconds(60)
        )
        transport.cancel(transfer)
        transport.cancel(transfer)
        let completion = await transfer.completion()
        #expect(completion.outcome == .failed(.cancelled))
        await transport.close()
    }

    @Test func closingEndsTransfersAndIsDoneOnce() async throws {
        let transport = try await makeTransport()
        let before = transport.transfer(
            DMABuffer(capacity: 64),
            .in,
            on: .data,
            timeout: .seconds(60)
        )
        await transport.close()
        await transport.close()
        let after = transport.transfer(
            DMABuffer(capacity: 64),
            .out,
            on: .data,
            timeout: .seconds(60)
        )
        let outcomes = [await before.completion().outcome, await after.completion().outcome]
        #expect(outcomes == [.failed(.disconnected), .failed(.disconnected)])
        await transport.reset()
        let control = await transport.control(
            frame(WireFrame(.identify)),
            timeout: .seconds(60)
        )
        #expect(control.outcome == .failed(.disconnected))
    }

    @Test func aForgottenTransportEndsItsThread() async throws {
        for _ in 0..<20 {
            let transport = try await makeTransport()
            #expect(transport.descriptor.link == .emulator)
        }
    }
}

@Suite struct EmulatorProviderTests {
    @Test func listsAsManyDevicesAsThereAre() async throws {
        let provider = EmulatorProvider(deviceCount: 3)
        let identifiers = await provider.enumerate().map(\.identifier)
        #expect(identifiers == ["emulator:0", "emulator:1", "emulator:2"])
    }

    @Test func anUnknownDeviceIsNotFound() async throws {
        let unknown = DeviceDescriptor(
            identifier: "emulator:7",
            product: "",
            link: .emulator,
            isReliable: true
        )
        await #expect(throws: ProviderError.notFound(identifier: "emulator:7")) {
            try await EmulatorProvider().open(unknown)
        }
    }

    @Test func aDeviceThatCannotStartSaysWhy() async throws {
        let provider = EmulatorProvider(
            capabilities: DeviceCapabilities(dramByteCount: 1 << 20),
            configuration: EmulatorConfiguration(kernelName: "abacus")
        )
        let descriptor = try #require(await provider.enumerate().first)
        let error = await #expect(throws: ProviderError.self) {
            try await provider.open(descriptor)
        }
        #expect("\(try #require(error))".contains("abacus"))
    }
}
