import ModelGraph
package import RetrainingCompiler

/// Which pictures each step uses, and what becomes of its fakes: a pure function of seed and step.
package struct TranslatorSchedule: Sendable {
    /// What everything random follows from.
    package let seed: UInt64
    /// Pictures of each set: two domains, or one of pairs; at least one each.
    package let counts: [Int]
    /// Pictures of a step out of each set.
    package let batch: Int
    /// Places of the pool of either direction; 0 for none.
    package let poolSize: Int
    /// Steps before the first epoch.
    package let warmUpSteps: Int

    /// A picture of a step.
    package struct Choice: Sendable, Equatable {
        /// Its number in its set.
        package let picture: Int
        /// Whether it is mirrored.
        package let isMirrored: Bool
    }

    /// What a discriminator is shown as a fake, and where the step's own fake is kept.
    package enum Judged: Sendable, Equatable {
        /// The step's own, which is then kept in a place, if one is given.
        case own(keptIn: Int?)
        /// The one of a place, which the step's own then takes.
        case earlier(Int)
    }

    /// One step.
    package struct Step: Sendable, Equatable {
        /// Whether it is one of the warm-up.
        package let isWarmUp: Bool
        /// The pictures out of each set.
        package let choices: [[Choice]]
        /// What becomes of each fake, by direction; empty without a pool.
        package let judged: CyclePair<[Judged]>
    }

    /// A schedule for a training.
    package init(_ options: TranslatorOptions, counts: [Int]) {
        seed = options.seed
        self.counts = counts
        batch = options.batch
        poolSize = options.kind == .cycleGAN ? options.poolSize : 0
        warmUpSteps = options.warmUpSteps
    }

    /// Steps in which every picture of the larger set is seen once; the last one is filled up.
    package var stepsPerEpoch: Int { ((counts.max() ?? 1) + batch - 1) / batch }

    /// The step of a number, counted from 0, those of the warm-up first.
    ///
    /// A warm-up uses the pictures that the training then begins with anew.
    package func step(_ number: Int) -> Step {
        let isWarmUp = number < warmUpSteps
        let place = isWarmUp ? number : number - warmUpSteps
        return Step(
            isWarmUp: isWarmUp,
            choices: choices(place),
            judged: isWarmUp || poolSize == 0
                ? CyclePair(a: [], b: []) : CyclePair(a: judged(place, .a), b: judged(place, .b))
        )
    }

    /// The first set in an order of the epoch's, others drawn at random: domains are not aligned.
    private func choices(_ step: Int) -> [[Choice]] {
        let longest = counts.max() ?? 1
        var order = CounterRandom(seed: seed, stream: "order \(step / stepsPerEpoch)")
        let places = order.permutation(longest)
        var random = CounterRandom(seed: seed, stream: "step \(step)")
        var choices: [[Choice]] = counts.map { _ in [] }
        for image in 0..<batch {
            let position = (step % stepsPerEpoch * batch + image) % longest
            for (set, count) in counts.enumerated() {
                let picture = set == 0 ? places[position] % count : random.bounded(count)
                let isMirrored = random.bounded(2) == 1
                choices[set].append(Choice(picture: picture, isMirrored: isMirrored))
            }
        }
        return choices
    }

    /// Half of the time an earlier fake, once the pool is full.
    private func judged(_ step: Int, _ side: CycleSide) -> [Judged] {
        var random = CounterRandom(seed: seed, stream: "pool \(side.rawValue) \(step)")
        return (0..<batch).map { image in
            let number = step * batch + image
            if number < poolSize { return .own(keptIn: number) }
            guard random.bounded(2) == 1 else { return .own(keptIn: nil) }
            return .earlier(random.bounded(poolSize))
        }
    }

    /// Places of either pool that are taken after so many steps, those of the warm-up included.
    func filledPoolCount(after stepCount: Int) -> Int {
        min(poolSize, max(0, stepCount - warmUpSteps) * batch)
    }
}
