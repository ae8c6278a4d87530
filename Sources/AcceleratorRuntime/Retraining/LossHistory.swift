package import ModelGraph
package import RetrainingCompiler

/// A loss that reports name.
package protocol NamedLoss: Hashable, Sendable {
    /// The name in reports.
    var name: String { get }
}

extension StarGANLoss: NamedLoss {}

/// The mean losses of each epoch, gathered step by step.
package struct LossHistory<Loss: NamedLoss>: Sendable, Equatable {
    /// Means of the epochs that are over, in order; nil where the loss occurred in no step.
    package private(set) var means: [Loss: [Double?]]
    private var sums: [Loss: Double] = [:]
    private var counts: [Loss: Int] = [:]
    /// The losses in use.
    package let losses: [Loss]

    /// A history without steps.
    package init(of losses: [Loss]) {
        self.losses = losses
        means = Dictionary(uniqueKeysWithValues: losses.map { ($0, []) })
    }

    /// Epochs that are over.
    package var epochCount: Int { means.values.first?.count ?? 0 }

    /// Adds a step's losses to the current epoch.
    package mutating func add(_ step: [Loss: Float]) {
        for loss in losses {
            guard let value = step[loss] else { continue }
            sums[loss, default: 0] += Double(value)
            counts[loss, default: 0] += 1
        }
    }

    /// Ends the current epoch.
    package mutating func endEpoch() {
        for loss in losses {
            let count = counts[loss] ?? 0
            let mean = count > 0 ? (sums[loss] ?? 0) / Double(count) : nil
            means[loss, default: []].append(mean)
        }
        sums = [:]
        counts = [:]
    }

    /// The means by name, for reports; null where a loss occurred in no step of an epoch.
    package var document: StrictJSON {
        .object(
            Dictionary(
                uniqueKeysWithValues: losses.map { loss in
                    let values = means[loss] ?? []
                    return (loss.name, .array(values.map { $0.map { .number($0) } ?? .null }))
                }
            )
        )
    }
}

extension LossHistory {
    /// Everything, exactly, for a checkpoint.
    var checkpointDocument: StrictJSON {
        func object(_ value: (Loss) -> StrictJSON) -> StrictJSON {
            .object(Dictionary(uniqueKeysWithValues: losses.map { ($0.name, value($0)) }))
        }
        return [
            "means": document,
            "sums": object { .number(sums[$0] ?? 0) },
            "counts": object { .integer(counts[$0] ?? 0) },
        ]
    }

    /// More steps than an epoch has.
    private static var countLimit: Int { 1 << 40 }

    /// Reads back what ``checkpointDocument`` wrote.
    init(_ field: JSONField, of losses: [Loss]) throws(JSONError) {
        self.init(of: losses)
        for loss in losses {
            var values: [Double?] = []
            for element in try field["means"][loss.name].elements() {
                values.append(element.value == .null ? nil : try element.number())
            }
            means[loss] = values
            let count = try field["counts"][loss.name].integer(in: 0...Self.countLimit)
            guard count > 0 else { continue }
            counts[loss] = count
            sums[loss] = try field["sums"][loss.name].number()
        }
        let counts = Set(means.values.map(\.count))
        guard counts.count == 1 else {
            throw try field["means"].failure("the losses are of different numbers of epochs")
        }
    }
}

extension LossHistory where Loss == StarGANLoss {
    /// A StarGAN's history without steps.
    package init(of adversarialLoss: AdversarialLoss, knowsTruth: Bool = false) {
        self.init(
            of: StarGANLoss.allCases.filter {
                switch $0 {
                case .gradientPenalty: adversarialLoss == .wassersteinGradientPenalty
                case .truth: knowsTruth
                default: true
                }
            }
        )
    }
}
