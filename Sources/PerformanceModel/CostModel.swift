package import AcceleratorISA
import FirmwareCore

/// Time, traffic and energy of commands on a chip, as pure functions of their shapes.
///
/// Results are memoised by shape; a copy has its own memory. The traffic is the device's own count,
/// to the byte, for a device whose SRAM is the profile's.
package struct CostModel: Sendable {
    /// The chip.
    package let profile: ChipProfile
    private var known: [CommandShape: CommandEstimate] = [:]

    /// Most bytes of an operand: 1 TiB, so that no count overflows.
    private static let maximumOperandByteCount: UInt64 = 1 << 40

    /// A model of a chip whose parameters are in range (`ChipProfile.check()`).
    package init(_ profile: ChipProfile) {
        self.profile = profile
    }

    /// What a command takes.
    ///
    /// Addresses and scalars do not matter, except for validity: they are not looked at once a
    /// command of the same shape was estimated.
    ///
    /// - Throws: The rule of form that the command breaks, `.outOfRange` for an operand of more
    ///   than 1 TiB, or `.sramOverflow` when its smallest tile does not fit.
    package mutating func estimate(_ command: Command) throws(CommandFault) -> CommandEstimate {
        guard let shape = CommandShape(command) else {
            return try Self.estimate(command, on: profile)
        }
        if let estimate = known[shape] { return estimate }
        let estimate = try Self.estimate(command, on: profile)
        known[shape] = estimate
        return estimate
    }

    /// The sum over the commands of a program.
    ///
    /// - Throws: As for one command.
    package mutating func estimate(
        _ commands: some Sequence<Command>
    ) throws(CommandFault) -> CommandEstimate {
        var sum = CommandEstimate()
        for command in commands { sum += try estimate(command) }
        return sum
    }

    /// Cycles rounded up; at most 10^18, far beyond any command.
    private static func wholeCycles(_ cycles: Double) -> UInt64 {
        UInt64(min(cycles, 1e18).rounded(.up))
    }

    /// Estimates a command without memory.
    private static func estimate(
        _ command: Command,
        on profile: ChipProfile
    ) throws(CommandFault) -> CommandEstimate {
        try CommandValidator.checkForm(of: command)
        for role in OperandRole.allCases {
            guard let tensor = command.operands[role] else { continue }
            guard tensor.byteCount <= maximumOperandByteCount else {
                throw CommandFault(.outOfRange, role)
            }
        }
        let plan = try TilePlan(planning: command, sramByteCount: profile.sramByteCount)
        let traffic = CommandTraffic(command, plan)
        let isForward = command.opcode == .convolution
        let tiling =
            isForward
            ? ConvolutionTiling(forward: command, plan)
            : ConvolutionTiling(backward: command, plan)
        let array = ArrayWork(command, tiling, profile)
        let vector = VectorWork(command, bandCount: tiling.bandCount)
        let steps = PipelineSteps(command, plan, tiling)
        var estimate = CommandEstimate()
        estimate.counters = traffic.counters
        estimate.arrayCycles = array.cycles
        estimate.vectorOperations = vector.operations
        estimate.sramByteCount = array.operandByteCount
        let moved = traffic.counters.byteCounts
        // What DRAM moves passes SRAM once; a value of a map is read for the vector unit and
        // written by it, 2 bytes each.
        for stage in Stage.allCases {
            estimate.sramByteCount[stage] &+= moved[stage] &+ vector.values[stage] &* 4
            estimate.dramCycles[stage] = wholeCycles(
                Double(moved[stage]) / profile.dramBytesPerCycle
            )
            let lanes = UInt64(profile.vectorLanes)
            estimate.vectorCycles[stage] = (vector.values[stage] &+ lanes &- 1) / lanes
        }
        let pipeline = Pipeline(estimate, traffic, steps, profile)
        let overhead = profile.commandCycles + steps.fillCount * profile.tileCycles
        let cycles = wholeCycles(pipeline.cycles) &+ UInt64(overhead)
        estimate.cycles = estimate.binding.divide(cycles, otherwise: command.stage)
        return estimate
    }
}

extension Pipeline {
    fileprivate init(
        _ estimate: CommandEstimate,
        _ traffic: CommandTraffic,
        _ steps: PipelineSteps,
        _ profile: ChipProfile
    ) {
        func cycles(_ byteCount: UInt64) -> Double {
            Double(byteCount) / profile.dramBytesPerCycle
        }
        let reads = traffic.counters.byteCounts(.read).total
        let writes = traffic.counters.byteCounts(.write).total
        let streamed = traffic.streamedByteCount
        self.init(
            stepCount: steps.count,
            leadingStepCount: steps.leadingCount,
            residentLoadCycles: cycles(traffic.residentReadByteCount),
            loadCycles: cycles(reads &- traffic.residentReadByteCount &- streamed.read),
            streamCycles: cycles(streamed.read &+ streamed.written),
            storeCycles: cycles(writes &- traffic.residentWriteByteCount &- streamed.written),
            residentStoreCycles: cycles(traffic.residentWriteByteCount),
            workCycles: Double(max(estimate.arrayCycles.total, estimate.vectorCycles.total))
        )
    }
}

extension CommandEstimate {
    /// Cycles of what the command waits for longest: array, vector unit or DRAM.
    fileprivate var binding: StageCounts {
        var most = arrayCycles
        if vectorCycles.total > most.total { most = vectorCycles }
        if dramCycles.total > most.total { most = dramCycles }
        return most
    }
}
