import AcceleratorDriver
import AcceleratorISA
import ChipEmulator
import Testing

@Suite struct AcceleratorTests {
    @Test(arguments: [true, false])
    func everyLengthIsReadBackAsWritten(isReliable: Bool) async throws {
        let accelerator = try await makeAccelerator(isReliable: isReliable)
        // Data frames are of 1000 bytes here; four are on their way at once.
        for (index, byteCount) in [1, 63, 64, 65, 999, 1000, 1001, 3999, 9007].enumerated() {
            let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
            let address = UInt64(index * 20_000 + index)
            try await accelerator.write(bytes, to: address)
            #expect(try await accelerator.read(from: address, count: byteCount) == bytes)
        }
        try await accelerator.write([Float](), to: 5)
        #expect(try await accelerator.read(Float.self, from: 5, count: 0).isEmpty)
        let values: [Float] = [1.5, -2, .infinity]
        try await accelerator.write(values, to: 4096)
        #expect(try await accelerator.read(from: 4096, count: 3) == values)
        await accelerator.close()
    }

    @Test func knowsWhatTheDeviceHas() async throws {
        let accelerator = try await makeAccelerator()
        #expect(accelerator.capabilities.dramByteCount == testMemoryByteCount)
        #expect(accelerator.identity == .current)
        #expect(accelerator.descriptor == testDescriptor())
        await accelerator.close()
    }

    @Test func refusedMemoryIsNamedAndTheNextCallWorks() async throws {
        let accelerator = try await makeAccelerator()
        await #expect(throws: AcceleratorError.frameRefused(.memoryRead, .uninitialized)) {
            try await accelerator.read(UInt8.self, from: 0, count: 5000)
        }
        await #expect(throws: AcceleratorError.frameRefused(.memoryWrite, .outOfRange)) {
            try await accelerator.write([UInt8](repeating: 1, count: 5000), to: testMemoryByteCount)
        }
        await #expect(throws: AcceleratorError.frameRefused(.memoryWrite, .outOfRange)) {
            try await accelerator.write([UInt8](repeating: 1, count: 5000), to: .max - 500)
        }
        try await accelerator.write([7] as [UInt8], to: 0)
        #expect(try await accelerator.read(from: 0, count: 1) == [7] as [UInt8])
        await accelerator.close()
    }

    @Test func commandsOfManyFramesRunInOrder() async throws {
        let accelerator = try await makeAccelerator()
        // Each overwrites what the one before wrote; 27 go into a frame.
        let fills = (1...500).map { fill(UInt32($0), at: 0, with: Float($0)) }
        var reduce = Command(.reduce, stage: .update, id: 501)
        reduce.operands[.source] = vector(at: 0)
        reduce.operands[.destination] = vector(at: 64)
        try await accelerator.submit(fills + [reduce])
        let result = try await accelerator.read(Float.self, from: 64, count: 16)
        #expect(result == [Float](repeating: 500, count: 16))
        try await accelerator.submit([])
        await accelerator.close()
    }

    @Test(arguments: [0, 5, 26, 27, 160, 299])
    func theFirstFailureIsNamedAndNothingBehindItRuns(failing: Int) async throws {
        let accelerator = try await makeAccelerator()
        var commands = (0..<300).map { fill(UInt32($0) + 1000, at: UInt64($0) * 64, with: 1) }
        var broken = Command(.reduce, stage: .update, id: 77)
        broken.operands[.source] = vector(at: 1 << 20)
        broken.operands[.destination] = vector(at: 1 << 21)
        commands[failing] = broken
        let expected = AcceleratorError.commandFailed(
            id: 77,
            opcode: .reduce,
            code: .uninitialized,
            role: .source
        )
        await #expect(throws: expected) { try await accelerator.submit(commands) }
        #expect(try await accelerator.counters().commandCount == UInt64(failing))
        if failing > 0 {
            let last = UInt64(failing - 1) * 64
            #expect(try await accelerator.read(Float.self, from: last, count: 1) == [1])
        }
        await #expect(throws: AcceleratorError.frameRefused(.memoryRead, .uninitialized)) {
            try await accelerator.read(Float.self, from: UInt64(failing + 1) * 64, count: 1)
        }
        // The stream was cleared: the same device goes on.
        try await accelerator.submit([fill(1, at: 0, with: 3)])
        #expect(try await accelerator.read(Float.self, from: 0, count: 1) == [3])
        await accelerator.close()
    }

    @Test func anErrorSaysWhatToLookAt() {
        let error = AcceleratorError.commandFailed(
            id: 7,
            opcode: .convolution,
            code: .overlapping,
            role: .destination
        )
        #expect(
            "\(error)" == "failed to run command 7 (convolution, operand destination): "
                + "the operand is written and overlaps another one"
        )
    }

    @Test func aCommandThatHasNoRecordIsNotSent() async throws {
        let accelerator = try await makeAccelerator()
        var command = fill(9, at: 0, with: 1)
        command.operands[.destination]?.channels = -1
        let expected = AcceleratorError.unencodable(
            id: 9,
            opcode: .fill,
            code: .wrongShape,
            role: .destination
        )
        await #expect(throws: expected) {
            try await accelerator.submit([fill(8, at: 0, with: 1), command])
        }
        #expect(try await accelerator.counters().commandCount == 0)
        try await accelerator.submit([fill(8, at: 0, with: 1)])
        await accelerator.close()
    }

    @Test func countersComeFromTheDevice() async throws {
        let accelerator = try await makeAccelerator()
        try await accelerator.submit((1...3).map { fill($0, at: UInt64($0) * 64, with: 0) })
        let counters = try await accelerator.counters()
        #expect(counters.commandCount == 3)
        #expect(counters.byteCount(kind: .statistics, stage: .update, direction: .write) == 192)
        #expect(counters.byteCount(kind: .statistics, stage: .update, direction: .read) == 0)
        await accelerator.close()
    }

    @Test func callsOfManyTasksDoNotMix() async throws {
        let accelerator = try await makeAccelerator()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<12 {
                group.addTask {
                    let address = UInt64(task) << 16
                    let bytes = [UInt8](repeating: UInt8(task), count: 5000)
                    try await accelerator.write(bytes, to: address)
                    try await accelerator.submit(
                        (0..<60).map {
                            fill(
                                UInt32($0),
                                at: address + 8192 + UInt64($0) * 64,
                                with: Float(task)
                            )
                        }
                    )
                    #expect(try await accelerator.read(from: address, count: 5000) == bytes)
                    let filled = try await accelerator.read(
                        Float.self,
                        from: address + 8192,
                        count: 960
                    )
                    #expect(filled == [Float](repeating: Float(task), count: 960))
                }
            }
            try await group.waitForAll()
        }
        await accelerator.close()
    }

    @Test func aCancelledSubmissionSendsNoMore() async throws {
        let gate = Gate()
        let memory = try #require(EmulatedMemory(byteCount: testMemoryByteCount))
        let accelerator = try await Accelerator.open(
            EmulatedTransport(
                descriptor: testDescriptor(),
                memory: memory,
                datapath: GatedPort(gate: gate)
            )
        )
        let submission = Task {
            try await accelerator.submit((1...1000).map { Command(.fence, stage: .update, id: $0) })
        }
        await gate.waitForDevice()
        submission.cancel()
        gate.open()
        let result = await submission.result
        #expect(throws: AcceleratorError.cancelled) { try result.get() }
        #expect(try await accelerator.counters().commandCount < 1000)
        await accelerator.close()
    }

    @Test func closingWithWorkInFlightEndsEverything() async throws {
        let gate = Gate()
        let memory = try #require(EmulatedMemory(byteCount: testMemoryByteCount))
        let accelerator = try await Accelerator.open(
            EmulatedTransport(
                descriptor: testDescriptor(),
                memory: memory,
                datapath: GatedPort(gate: gate)
            )
        )
        let running = Task {
            try await accelerator.submit((1...200).map { Command(.fence, stage: .update, id: $0) })
        }
        let waiting = Task { try await accelerator.write([1] as [UInt8], to: 0) }
        await gate.waitForDevice()
        async let closed: Void = accelerator.close()
        gate.open()
        await closed
        // The device may have been through with everything before it learned of the end.
        _ = await running.result
        _ = await waiting.result
        await #expect(throws: AcceleratorError.closed) {
            try await accelerator.submit([Command(.fence, stage: .update, id: 1)])
        }
        await #expect(throws: AcceleratorError.closed) { try await accelerator.counters() }
        await accelerator.close()
    }
}
