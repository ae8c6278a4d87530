import ModelGraph
import RetrainingCompiler
import TestSupport

/// Networks and pairs of a pix2pix, and what one iteration makes of them by definition.
struct Pix2PixScene {
    let batch = 2
    let lambdaReconstruction = 100.0
    var generator: DoubleNetwork
    var discriminator: DoubleNetwork
    let sources: [DoubleMap]
    let targets: [DoubleMap]

    /// What the iteration has as its result, no network changed in it.
    struct Result {
        var losses: [Pix2PixLoss: Double] = [:]
        /// Parts: of the judgement, of the reconstruction.
        var generator: [DoubleNetwork.Gradients] = [[:], [:]]
        /// Parts: of the real pairs, of those with fakes.
        var discriminator: [DoubleNetwork.Gradients] = [[:], [:]]
    }

    init(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        generator = try random.network(NetworkGraph.smallUNet())
        discriminator = try random.network(
            CycleGAN.discriminator(
                inputChannels: 6,
                channels: 8,
                layers: 2,
                norm: .instance,
                imageSize: generator.graph.inputHeight
            ).graph
        )
        var (sources, targets): ([DoubleMap], [DoubleMap]) = ([], [])
        for _ in 0..<batch {
            sources.append(random.image(generator.graph.inputShape))
            targets.append(random.image(generator.graph.inputShape))
        }
        self.sources = sources
        self.targets = targets
    }

    /// One iteration.
    func iteration() -> Result {
        var result = Result()
        for (source, target) in zip(sources, targets) { add(source, target, to: &result) }
        return result
    }

    private func add(_ source: DoubleMap, _ target: DoubleMap, to result: inout Result) {
        let share = 1 / Double(batch)
        let output = discriminator.graph.outputs[0]
        let made = generator.trace(source)
        let fake = made.values[generator.graph.outputs[0]]
        for (part, second, goal, name) in [
            (0, target, 1.0, Pix2PixLoss.discriminatorReal), (1, fake, 0.0, .discriminatorFake),
        ] {
            let trace = discriminator.trace([source, second].joined())
            let half = DoubleLoss.leastSquares(trace.values[output], to: goal)
            result.losses[name, default: 0] += 0.5 * share * half.value
            _ = discriminator.backward(
                trace,
                errors: [0.5 * share * half.gradient],
                adding: &result.discriminator[part]
            )
        }
        let judged = discriminator.trace([source, fake].joined())
        let adversarial = DoubleLoss.leastSquares(judged.values[output], to: 1)
        result.losses[.adversarial, default: 0] += share * adversarial.value
        var unused: DoubleNetwork.Gradients = [:]
        let judgement = discriminator.backward(
            judged,
            errors: [share * adversarial.gradient],
            adding: &unused
        )
        let channels = source.shape.channels
        _ = generator.backward(
            made,
            errors: [judgement.channels(channels..<channels + fake.shape.channels)],
            adding: &result.generator[0]
        )
        let distance = DoubleLoss.absoluteDifference(fake, to: target)
        result.losses[.reconstruction, default: 0] += share * distance.value
        _ = generator.backward(
            made,
            errors: [lambdaReconstruction * share * distance.gradient],
            adding: &result.generator[1]
        )
    }
}
