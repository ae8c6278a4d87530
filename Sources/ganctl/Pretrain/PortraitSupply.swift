import AcceleratorRuntime
import ArgumentParser
import ImageCapture
import ModelGraph
import SamplePortraits
import Synchronization

/// Portraits for a pretraining, drawn as they are needed: each with the attributes it shows, those
/// it shall show, and the true picture of the change.
///
/// They come in pairs, a change and its way back, which are drawn once: drawing two pictures takes
/// as long as training a small generator with them.
final class PortraitSupply: Sendable {
    private let seed: UInt64
    private let batch: Int
    private let size: Int
    /// What is changed: each attribute as many times as its share says.
    private let changed: [Attribute]
    /// The pair drawn last, which no step depends on.
    private let last = Mutex<(number: Int, pair: Pair)?>(nil)

    init(seed: UInt64, batch: Int, size: Int, shares: ChangeShares) {
        (self.seed, self.batch, self.size) = (seed, batch, size)
        changed = shares.attributes
    }

    /// The steps, a pure function of seed and number.
    var steps: StepSupply { StepSupply(step) }

    /// The share of changes that are of two attributes at once, and of those that change nothing.
    private static let shares = (two: Float(0.25), none: Float(0.1))

    /// A portrait, and the same one changed.
    private struct Pair {
        var labels: [[Bool]] = []
        var pictures: [[Float]] = []
    }

    private func step(_ number: Int) -> StepSupply.Step {
        var schedule = TrainingSchedule.Step()
        var (images, truths): ([[Float]], [[Float]]) = ([], [])
        for place in 0..<batch {
            let index = number * batch + place
            var random = CounterRandom(seed: seed, stream: "mixing \(index)")
            let pair = pair(index / 2)
            let (from, to) = index % 2 == 0 ? (0, 1) : (1, 0)
            images.append(pair.pictures[from])
            truths.append(pair.pictures[to])
            schedule.original.append(pair.labels[from])
            schedule.target.append(pair.labels[to])
            schedule.images.append(place)
            schedule.mirrors.append(false)
            schedule.mixing.append(random.uniform())
        }
        return StepSupply.Step(
            schedule: schedule,
            pictures: StepPictures(images: images, truths: truths)
        )
    }

    private func pair(_ number: Int) -> Pair {
        if let last = last.withLock({ $0 }), last.number == number { return last.pair }
        var random = CounterRandom(seed: seed, stream: "change \(number)")
        let scene = Scene(seed: seed, index: number)
        var pair = Pair()
        for scene in [scene, change(scene, &random)] {
            pair.labels.append(Attribute.allCases.map(scene.shows))
            pair.pictures.append(picture(of: scene))
        }
        last.withLock { [pair] in $0 = (number, pair) }
        return pair
    }

    private func change(_ scene: Scene, _ random: inout CounterRandom) -> Scene {
        let share = random.uniform()
        let count =
            share < Self.shares.none ? 0 : share < Self.shares.none + Self.shares.two ? 2 : 1
        var changed = scene
        for _ in 0..<count {
            let attribute = self.changed[random.bounded(self.changed.count)]
            changed = changed.setting(attribute, to: !changed.shows(attribute))
        }
        return changed
    }

    private func picture(of scene: Scene) -> [Float] {
        RGBImage(width: size, height: size, pixels: render(scene, size: size)).planarFloats()
    }
}

/// How often a pretraining changes each attribute, relative to the others.
struct ChangeShares: ExpressibleByArgument {
    /// In the order of ``Attribute/allCases``.
    let counts: [Int]

    /// Glasses and smiles, which are small and take longest to learn, most often.
    static let standard = ChangeShares(counts: [1, 1, 1, 5, 6])

    private init(counts: [Int]) { self.counts = counts }

    init?(argument: String) {
        let counts = argument.split(separator: ",", omittingEmptySubsequences: false).map {
            Int($0)
        }
        guard counts.count == Attribute.allCases.count,
            counts.allSatisfy({ (0...100).contains($0 ?? -1) })
        else { return nil }
        self.counts = counts.compactMap(\.self)
        guard self.counts.contains(where: { $0 > 0 }) else { return nil }
    }

    var defaultValueDescription: String { counts.map(String.init).joined(separator: ",") }

    /// Every attribute as many times as its share says.
    var attributes: [Attribute] {
        zip(Attribute.allCases, counts).flatMap { Array(repeating: $0, count: $1) }
    }
}
