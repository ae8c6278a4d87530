import AcceleratorISA
package import PerformanceModel

/// What programs take of a chip, by layer and pass.
package struct WorkEstimate: Sendable, Equatable {
    /// By layer and pass; commands of one layer do not overlap with another's.
    package private(set) var layers: [LayerReference: CommandEstimate] = [:]
    /// Commands of no layer: pictures, losses, sums of errors.
    package private(set) var other = CommandEstimate()

    /// Nothing.
    package init() {}

    /// What a program takes once.
    ///
    /// - Throws: ``CompileError`` naming the command that does not run on such a chip.
    package init(
        _ program: Program,
        _ model: inout PerformanceModel
    ) throws(CompileError) {
        for (index, command) in program.commands.enumerated() {
            let estimate: CommandEstimate
            do throws(CommandFault) {
                estimate = try model.estimate(command)
            } catch {
                throw CompileError(
                    "failed to estimate \(program.labels[index]): it does not run on profile "
                        + "\(model.profile.name) (\(error.code)); choose more SRAM"
                )
            }
            guard let layer = program.layers[index] else {
                other += estimate
                continue
            }
            layers[layer, default: CommandEstimate()] += estimate
        }
    }

    /// The sum over everything.
    package var total: CommandEstimate { layers.values.reduce(into: other) { $0 += $1 } }

    /// Adds what another program takes `count` times.
    package mutating func add(_ work: WorkEstimate, times count: Int) {
        guard count > 0 else { return }
        other += work.other.times(UInt64(count))
        for (layer, estimate) in work.layers {
            layers[layer, default: CommandEstimate()] += estimate.times(UInt64(count))
        }
    }

    /// The sum over the layers for which `includes` says so.
    package func sum(where includes: (LayerReference) -> Bool) -> CommandEstimate {
        layers.reduce(into: CommandEstimate()) { sum, entry in
            if includes(entry.key) { sum += entry.value }
        }
    }
}

/// How often the programs of a training ran.
package struct ProgramRuns: Sendable, Equatable {
    /// Steps that trained both networks.
    package var step = 0
    /// Steps that trained the discriminator alone.
    package var criticStep = 0
    /// The first with the frozen prefix's value at hand.
    package var keptStep = 0
    /// The second with the frozen prefix's value at hand.
    package var keptCriticStep = 0

    /// No runs.
    package init() {}

    /// All counts, in the order of the properties.
    package var counts: [Int] { [step, criticStep, keptStep, keptCriticStep] }

    /// Counts in the order of the properties; nil when there are not as many.
    package init?(counts: [Int]) {
        guard counts.count == 4 else { return nil }
        (step, criticStep) = (counts[0], counts[1])
        (keptStep, keptCriticStep) = (counts[2], counts[3])
    }

    /// Counts one step.
    package mutating func count(trainsGenerator: Bool, hasPrefix: Bool) {
        switch (trainsGenerator, hasPrefix) {
        case (true, false): step += 1
        case (false, false): criticStep += 1
        case (true, true): keptStep += 1
        case (false, true): keptCriticStep += 1
        }
    }

    /// Adds other runs.
    package static func += (sum: inout ProgramRuns, other: ProgramRuns) {
        sum.step += other.step
        sum.criticStep += other.criticStep
        sum.keptStep += other.keptStep
        sum.keptCriticStep += other.keptCriticStep
    }
}

extension StarGANPlan {
    /// What runs of this plan's programs take.
    ///
    /// - Throws: ``CompileError`` when a command does not run on such a chip.
    package func estimate(
        _ runs: ProgramRuns,
        _ model: inout PerformanceModel
    ) throws(CompileError) -> WorkEstimate {
        var sum = WorkEstimate()
        func add(_ program: StarGANProgram?, _ count: Int) throws(CompileError) {
            guard let program, count > 0 else { return }
            sum.add(try WorkEstimate(program.program, &model), times: count)
        }
        try add(step, runs.step)
        try add(criticStep, runs.criticStep)
        try add(keptSteps?.step, runs.keptStep)
        try add(keptSteps?.criticStep, runs.keptCriticStep)
        return sum
    }
}
