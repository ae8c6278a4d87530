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
        _ model: inout CostModel
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
        other += work.other * count
        for (layer, estimate) in work.layers {
            layers[layer, default: CommandEstimate()] += estimate * count
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
    /// Values of the frozen prefix that were made.
    package var prefix = 0

    /// Counts, of nothing if none is given.
    package init(step: Int = 0, criticStep: Int = 0, prefix: Int = 0) {
        self.step = step
        self.criticStep = criticStep
        self.prefix = prefix
    }

    /// All counts, in the order of the properties.
    package var counts: [Int] { [step, criticStep, prefix] }

    /// Counts in the order of the properties; nil when there are not as many.
    package init?(counts: [Int]) {
        guard counts.count == 3 else { return nil }
        (step, criticStep, prefix) = (counts[0], counts[1], counts[2])
    }

    /// Adds other runs.
    package static func += (sum: inout ProgramRuns, other: ProgramRuns) {
        sum.step += other.step
        sum.criticStep += other.criticStep
        sum.prefix += other.prefix
    }
}

extension StarGANPlan {
    /// What runs of this plan's programs take.
    ///
    /// - Throws: ``CompileError`` when a command does not run on such a chip.
    package func estimate(
        _ runs: ProgramRuns,
        _ model: inout CostModel
    ) throws(CompileError) -> WorkEstimate {
        var sum = WorkEstimate()
        func add(_ program: Program?, _ count: Int) throws(CompileError) {
            guard let program, count > 0 else { return }
            sum.add(try WorkEstimate(program, &model), times: count)
        }
        try add(step.program, runs.step)
        try add(criticStep.program, runs.criticStep)
        try add(prefix?.program, runs.prefix)
        return sum
    }
}
