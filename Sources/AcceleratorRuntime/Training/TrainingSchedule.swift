import ModelGraph

/// What decides the value that the generator's frozen prefix has for the image of a step of one.
struct StepPrefix: Hashable {
    private let image: Int
    private let isMirrored: Bool
    private let labels: [Bool]

    /// That of a step of at least one image, with its target labels or those it has.
    init(_ step: TrainingSchedule.Step, isOriginal: Bool) {
        image = step.images[0]
        isMirrored = step.mirrors[0]
        labels = isOriginal ? step.original[0] : step.target[0]
    }
}

/// Which images, labels and mixing factors each step uses: a pure function of seed and step.
package struct TrainingSchedule: Sendable {
    /// What everything random follows from.
    package let seed: UInt64
    /// Labels of each image, one value a class.
    package let labels: [[Bool]]
    /// Images of a step.
    package let batch: Int
    /// Which labels go together.
    package let rules: AttributeRules

    /// What one step needs.
    package struct Step: Sendable, Equatable {
        /// Numbers of the images, ``TrainingSchedule/batch`` of them.
        package var images: [Int]
        /// Whether each image is mirrored.
        package var mirrors: [Bool]
        /// Each image's labels as they are.
        package var original: [[Bool]]
        /// Each image's labels as they shall become.
        package var target: [[Bool]]
        /// Mixing factors of the gradient penalty, in [0, 1).
        package var mixing: [Float]

        /// A step without images.
        package init() { (images, mirrors, original, target, mixing) = ([], [], [], [], []) }
    }

    /// A schedule over at least one image.
    package init(
        seed: UInt64,
        labels: [[Bool]],
        batch: Int,
        rules: AttributeRules = AttributeRules(names: [], isExclusive: false)
    ) {
        self.seed = seed
        self.labels = labels
        self.batch = batch
        self.rules = rules
    }

    /// Steps in which every image is seen once; the last one is filled up from the epoch's start.
    package var stepsPerEpoch: Int { (labels.count + batch - 1) / batch }

    /// The step of a number, counted from 0 over all epochs.
    package func step(_ number: Int) -> Step {
        step(number, order: order(ofEpoch: number / stepsPerEpoch))
    }

    /// Hands the first `count` steps to `body`, in order, with each epoch's order drawn once.
    package func forEachStep(first count: Int, _ body: (_ number: Int, Step) -> Void) {
        for start in stride(from: 0, to: count, by: stepsPerEpoch) {
            let order = order(ofEpoch: start / stepsPerEpoch)
            for number in start..<min(start + stepsPerEpoch, count) {
                body(number, step(number, order: order))
            }
        }
    }

    private func order(ofEpoch epoch: Int) -> [Int] {
        var random = CounterRandom(seed: seed, stream: "order \(epoch)")
        return random.permutation(labels.count)
    }

    private func step(_ number: Int, order: [Int]) -> Step {
        var random = CounterRandom(seed: seed, stream: "step \(number)")
        var step = Step()
        for place in 0..<batch {
            let position = (number % stepsPerEpoch * batch + place) % labels.count
            let image = order[position]
            step.images.append(image)
            step.mirrors.append(random.bounded(2) == 1)
            step.original.append(labels[image])
            step.target.append(target(for: labels[image], &random))
            step.mixing.append(random.uniform())
        }
        return step
    }

    /// The labels of a random image; where those are the same, one attribute is switched (of
    /// exclusive classes, another one is chosen).
    private func target(for original: [Bool], _ random: inout CounterRandom) -> [Bool] {
        let candidate = labels[random.bounded(labels.count)]
        guard candidate == original, !original.isEmpty else { return candidate }
        if rules.isExclusive {
            guard original.count > 1, let current = original.firstIndex(of: true) else {
                return original
            }
            let other = (current + 1 + random.bounded(original.count - 1)) % original.count
            return original.indices.map { $0 == other }
        }
        return rules.switched(original, random.bounded(original.count))
    }
}
