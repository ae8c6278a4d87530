package import AcceleratorISA
package import FirmwareCore

/// What a command will move between DRAM and the chip, and multiply: predicted from its operands
/// and its tile plan, equal to what a device counts while it runs the command.
///
/// A map is read once, halo rows never twice; weights and their gradients once, or once a tile
/// where they do not stay in SRAM. Everything is closed form: no tile is visited.
package struct CommandTraffic: Sendable {
    /// The device's counters after this command alone.
    package private(set) var counters = DeviceCounters()
    /// Bytes that are read before the first tile: what stays for the whole command.
    package private(set) var residentReadByteCount: UInt64 = 0
    /// Bytes that are written behind the last tile: what stayed.
    package private(set) var residentWriteByteCount: UInt64 = 0
    /// Bytes of weights and gradients that do not stay: they move while tiles are worked on.
    package private(set) var streamedByteCount: StreamedByteCount = (0, 0)

    /// Bytes read and written.
    package typealias StreamedByteCount = (read: UInt64, written: UInt64)

    /// Predicts the traffic of a valid command.
    package init(_ command: Command, _ plan: TilePlan) {
        switch command.opcode {
        case .convolution: countConvolution(command, plan)
        case .convolutionBackward: countConvolutionBackward(command, plan)
        case .elementwise: countElementwise(command)
        case .compose: countOperands(command, read: [.source, .labels], write: [.destination])
        case .interpolate:
            countOperands(command, read: [.source, .target, .labels], write: [.destination])
        case .loss:
            countOperands(command, read: [.source, .target], write: [.destination, .lossValue])
        case .optimizer: countOptimizer(command)
        case .reduce: countReduce(command)
        case .fill: write(command, .destination, command.stage)
        case .fence: break
        }
        counters.commandCount = 1
    }

    // MARK: Counting

    mutating func read(_ byteCount: UInt64, _ kind: TensorKind, _ stage: Stage) {
        counters.count(byteCount: byteCount, kind: kind, stage: stage, direction: .read)
    }

    mutating func write(_ byteCount: UInt64, _ kind: TensorKind, _ stage: Stage) {
        counters.count(byteCount: byteCount, kind: kind, stage: stage, direction: .write)
    }

    /// Reads a whole operand, if the command has it.
    mutating func read(_ command: Command, _ role: OperandRole, _ stage: Stage) {
        guard let tensor = command.operands[role] else { return }
        read(tensor.byteCount, tensor.kind, stage)
    }

    /// Writes a whole operand, if the command has it.
    mutating func write(_ command: Command, _ role: OperandRole, _ stage: Stage) {
        guard let tensor = command.operands[role] else { return }
        write(tensor.byteCount, tensor.kind, stage)
    }

    /// Reads what stays in SRAM for the whole command.
    mutating func readResident(_ tensor: Tensor, _ stage: Stage) {
        read(tensor.byteCount, tensor.kind, stage)
        residentReadByteCount &+= tensor.byteCount
    }

    /// Reads an operand that stays in SRAM for the whole command.
    mutating func readResident(_ command: Command, _ role: OperandRole, _ stage: Stage) {
        guard let tensor = command.operands[role] else { return }
        readResident(tensor, stage)
    }

    /// Writes what is complete only when the last tile is.
    mutating func writeResident(_ tensor: Tensor, _ stage: Stage) {
        write(tensor.byteCount, tensor.kind, stage)
        residentWriteByteCount &+= tensor.byteCount
    }

    /// Writes an operand that is complete only when the last tile is.
    mutating func writeResident(_ command: Command, _ role: OperandRole, _ stage: Stage) {
        guard let tensor = command.operands[role] else { return }
        writeResident(tensor, stage)
    }

    /// Reads what passes through SRAM with every tile.
    mutating func readStream(_ byteCount: UInt64, _ kind: TensorKind, _ stage: Stage) {
        read(byteCount, kind, stage)
        streamedByteCount.read &+= byteCount
    }

    /// Writes what passes through SRAM with every tile.
    mutating func writeStream(_ byteCount: UInt64, _ kind: TensorKind, _ stage: Stage) {
        write(byteCount, kind, stage)
        streamedByteCount.written &+= byteCount
    }

    mutating func count(multiplyAccumulates count: UInt64, _ stage: Stage) {
        counters.count(multiplyAccumulates: count, stage: stage)
    }

    // MARK: Parts that commands share

    /// Statistics, scales and shifts of the read side.
    mutating func readPrologueVectors(_ command: Command, _ stage: Stage) {
        let roles: [OperandRole] = [
            .sourceStatistics, .sourceScale, .sourceShift, .skipStatistics, .skipScale, .skipShift,
        ]
        for role in roles { readResident(command, role, stage) }
    }

    /// Small operands of the error prologue.
    mutating func readErrorVectors(_ command: Command, _ stage: Stage) {
        let roles: [OperandRole] = [.errorStatistics, .errorScale, .errorShift, .errorSums]
        for role in roles { readResident(command, role, stage) }
    }

    /// The error and what its prologue meets value for value; each error row is read once.
    mutating func readErrorMaps(_ command: Command, _ stage: Stage) {
        read(command, .error, stage)
        read(command, .errorOutput, stage)
    }

    /// Everything of the write side.
    mutating func moveEpilogue(_ command: Command, _ stage: Stage) {
        for role: OperandRole in [.bias, .maskStatistics, .maskScale, .maskShift] {
            readResident(command, role, stage)
        }
        read(command, .destinationSkip, stage)
        read(command, .mask, stage)
        write(command, .destination, stage)
        writeResident(command, .destinationStatistics, stage)
    }
}

// MARK: - Commands without a convolution

extension CommandTraffic {
    private mutating func countOperands(
        _ command: Command,
        read readRoles: [OperandRole],
        write writtenRoles: [OperandRole]
    ) {
        for role in readRoles { read(command, role, command.stage) }
        for role in writtenRoles { write(command, role, command.stage) }
    }

    private mutating func countElementwise(_ command: Command) {
        let stage = command.stage
        if command.operands[.source] != nil {
            read(command, .source, stage)
            read(command, .sourceSkip, stage)
            write(command, .sourceSum, stage)
            readPrologueVectors(command, stage)
        } else {
            readErrorMaps(command, stage)
            readErrorVectors(command, stage)
        }
        moveEpilogue(command, stage)
    }

    /// Without a gradient only the working copy is written.
    private mutating func countOptimizer(_ command: Command) {
        read(command, .parameter, .update)
        read(command, .gradient, .update)
        read(command, .firstMoment, .update)
        read(command, .secondMoment, .update)
        if command.operands[.gradient] != nil { write(command, .parameter, .update) }
        write(command, .firstMoment, .update)
        write(command, .secondMoment, .update)
        write(command, .workingCopy, .update)
    }

    private mutating func countReduce(_ command: Command) {
        guard let source = command.operands[.source] else { return }
        let halves: UInt64 = source.layout == .statistics ? 2 : 1
        read(source.byteCount / halves, source.kind, command.stage)
        if command.flags.contains(.accumulates) { read(command, .destination, command.stage) }
        write(command, .destination, command.stage)
    }
}
