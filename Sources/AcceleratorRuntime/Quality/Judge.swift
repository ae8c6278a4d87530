package import AcceleratorDriver
import AcceleratorISA
import DatapathNumerics
package import ModelGraph
package import RetrainingCompiler

/// Judges pictures with a StarGAN discriminator on a device.
///
/// One program uses a device's memory at a time: what another one left there is gone when a judge
/// is made, and the other way round.
package struct Judge: Sendable {
    private let accelerator: Accelerator
    private let plan: JudgePlan

    /// What a discriminator says of a picture.
    package struct Judgement: Sendable, Equatable {
        /// Scores of "real", one a field of the picture, row by row.
        package let realScores: [Float]
        /// One logit a class.
        package let classScores: [Float]
    }

    /// Places a StarGAN discriminator on a device.
    ///
    /// - Throws: `.compilation` when the device's memory is too small, `.device`.
    package init(
        _ accelerator: Accelerator,
        discriminator graph: NetworkGraph,
        parameters: ParameterSet
    ) async throws(RetrainingError) {
        self.accelerator = accelerator
        do {
            plan = try JudgePlan(discriminator: graph, capabilities: accelerator.capabilities)
        } catch {
            throw .compilation(error)
        }
        try await ParameterTransfer(accelerator, plan.discriminator).write(parameters)
        try await accelerator.run(plan.setUp.commands)
    }

    /// Judges one picture: `3 * size * size` values in planes, in [-1, 1].
    ///
    /// - Throws: `.device`, or `.internalFault` for a size that does not fit.
    package func judge(_ image: [Float]) async throws(RetrainingError) -> Judgement {
        guard image.count == TensorAccess.plainCount(of: plan.image) else {
            throw .internalFault("failed to judge a picture: its size does not fit")
        }
        try await accelerator.write(image, to: plan.image)
        try await accelerator.run(plan.program.commands)
        return Judgement(
            realScores: try await accelerator.values(of: plan.realScores),
            classScores: try await accelerator.values(of: plan.classScores)
        )
    }

    /// The share of a discriminator's class scores that agree with labels, in 0...1.
    ///
    /// Independent classes: of all scores, those whose sign says what the label says (above 0 is
    /// on). Exclusive classes: of all pictures, those whose highest score is the class that is on.
    package static func classAccuracy(
        of scores: [[Float]],
        labels: [[Bool]],
        classLoss: ClassLoss
    ) -> Double {
        precondition(scores.count == labels.count, "every picture has labels")
        var (right, count) = (0, 0)
        for (scores, labels) in zip(scores, labels) {
            precondition(scores.count == labels.count, "every class has a label")
            switch classLoss {
            case .sigmoid:
                count += scores.count
                right += zip(scores, labels).count { ($0 > 0) == $1 }
            case .softmax:
                count += 1
                let highest = scores.indices.max { scores[$0] < scores[$1] }
                if let highest, labels[highest] { right += 1 }
            }
        }
        return count > 0 ? Double(right) / Double(count) : 0
    }
}
