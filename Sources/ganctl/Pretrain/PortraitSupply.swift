import AcceleratorRuntime
import ImageCapture
import ModelGraph
import SamplePortraits

/// Portraits for a pretraining, drawn as they are needed: each with the attributes it shows, those
/// it shall show, and the true picture of the change.
struct PortraitSupply: Sendable {
    let seed: UInt64
    let batch: Int
    let size: Int

    /// The steps, a pure function of seed and number.
    var steps: StepSupply { StepSupply(step) }

    /// The share of changes that are of two attributes at once, and of those that change nothing.
    private static let shares = (two: Float(0.25), none: Float(0.1))

    private func step(_ number: Int) -> StepSupply.Step {
        var schedule = TrainingSchedule.Step()
        var (images, truths): ([[Float]], [[Float]]) = ([], [])
        for place in 0..<batch {
            let index = number * batch + place
            var random = CounterRandom(seed: seed, stream: "change \(index)")
            let scene = Scene(seed: seed, index: index)
            let changed = change(scene, &random)
            images.append(picture(of: scene))
            truths.append(changed == scene ? images[place] : picture(of: changed))
            schedule.original.append(Attribute.allCases.map(scene.shows))
            schedule.target.append(Attribute.allCases.map(changed.shows))
            schedule.images.append(place)
            schedule.mirrors.append(false)
            schedule.mixing.append(random.uniform())
        }
        return StepSupply.Step(
            schedule: schedule,
            pictures: StepPictures(images: images, truths: truths)
        )
    }

    private func change(_ scene: Scene, _ random: inout CounterRandom) -> Scene {
        let share = random.uniform()
        let count =
            share < Self.shares.none ? 0 : share < Self.shares.none + Self.shares.two ? 2 : 1
        var changed = scene
        for _ in 0..<count {
            let attribute = Attribute.allCases[random.bounded(Attribute.allCases.count)]
            changed = changed.setting(attribute, to: !changed.shows(attribute))
        }
        return changed
    }

    private func picture(of scene: Scene) -> [Float] {
        RGBImage(width: size, height: size, pixels: render(scene, size: size)).planarFloats()
    }
}
