package import AcceleratorISA

extension Accelerator {
    /// Runs commands in order and returns when all have completed.
    ///
    /// They travel in frames of as many as fit, several frames on their way at once. At the first
    /// command that fails the device stops: none behind it runs, and the error names it.
    ///
    /// - Throws: The first failure. Commands before the failed one have run. On task cancellation
    ///   no further frame is sent, and what the device has not begun is taken back.
    package func submit(_ commands: [Command]) async throws(AcceleratorError) {
        guard !commands.isEmpty else { return }
        try await enter()
        defer { leave() }
        var submission = Submission(commands: commands)
        do throws(AcceleratorError) {
            try await run(&submission)
        } catch {
            await abandon(submission.inFlight.map(\.exchange))
            await startOver()
            throw error
        }
    }

    /// The commands of one call and how far they have come.
    private struct Submission {
        let commands: [Command]
        /// The first command that is in no frame yet.
        var next = 0
        /// Frames on their way, oldest first, with the indices of their commands.
        var inFlight: [(exchange: Exchange, indices: Range<Int>)] = []
    }

    private func run(_ submission: inout Submission) async throws(AcceleratorError) {
        while submission.next < submission.commands.count || !submission.inFlight.isEmpty {
            while submission.next < submission.commands.count,
                submission.inFlight.count < Self.frameDepth
            {
                guard !Task.isCancelled else { throw .cancelled }
                try startFrame(&submission)
            }
            let oldest = submission.inFlight.removeFirst()
            try await finish(oldest.exchange) { payload throws(AcceleratorError) in
                try Self.check(payload, of: submission.commands[oldest.indices])
            }
        }
    }

    /// Sends one frame with the next commands.
    private func startFrame(_ submission: inout Submission) throws(AcceleratorError) {
        let first = submission.next
        var index = first
        let room = WireFrame.maximumCommandFrameByteCount - WireFrame.headerByteCount
        let commands = submission.commands
        let exchange = try start(.commands, .commands, commandID: commands[first].id) {
            frame throws(AcceleratorError) in
            var byteCount = 0
            while index < commands.count, byteCount + commands[index].encodedByteCount <= room {
                try Self.encode(commands[index], into: &frame, at: byteCount)
                byteCount += commands[index].encodedByteCount
                index += 1
            }
            return byteCount
        }
        submission.next = index
        submission.inFlight.append((exchange, first..<index))
    }

    private static func encode(
        _ command: Command,
        into frame: inout MutableRawSpan,
        at offset: Int
    ) throws(AcceleratorError) {
        let start = WireFrame.headerByteCount + offset
        do throws(CommandFault) {
            var record = frame._mutatingExtracting(start..<start + command.encodedByteCount)
            try command.encode(into: &record)
        } catch {
            throw .unencodable(
                id: command.id,
                opcode: command.opcode,
                code: error.code,
                role: error.role
            )
        }
    }

    /// Reads a frame's completions, one a command in order.
    private static func check(
        _ payload: RawSpan,
        of commands: ArraySlice<Command>
    ) throws(AcceleratorError) {
        guard payload.byteCount == commands.count * CommandCompletion.encodedByteCount else {
            throw .wrongAnswer(.commands, nil)
        }
        var offset = 0
        for command in commands {
            guard let completion = CommandCompletion(decoding: payload, at: offset),
                completion.commandID == command.id
            else { throw .wrongAnswer(.commands, nil) }
            offset += CommandCompletion.encodedByteCount
            switch completion.outcome {
            case .completed: break
            case .failed(let code, let role):
                throw .commandFailed(id: command.id, opcode: command.opcode, code: code, role: role)
            case .notRun: throw .wrongAnswer(.commands, nil)
            }
        }
    }
}
