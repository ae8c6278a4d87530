import ModelGraph
import RetrainingCompiler
import TestSupport

/// Networks and images of a CycleGAN, and what one iteration makes of them by definition.
struct CycleGANScene {
    let batch = 2
    /// Ten times the usual weight: before discriminators that were never trained an error of the
    /// usual one would be lost in the judgement's.
    let lambdaCycle = 100.0
    let lambdaIdentity = 0.5
    var generators: CyclePair<DoubleNetwork>
    var discriminators: CyclePair<DoubleNetwork>
    let images: CyclePair<[DoubleMap]>
    /// Pictures that may stand in the pool, as many as there are images.
    let earlier: CyclePair<[DoubleMap]>
    /// Whether the discriminators judge the earlier pictures as fakes, and not the iteration's own.
    var judgesEarlier = false

    /// What the iteration has as its result.
    struct Result {
        let lambdaCycle: Double
        let lambdaIdentity: Double
        var losses: [CycleGANLoss: Double] = [:]
        /// Parts: of the judgement, of the cycle through the fake, of the identity, and of the
        /// other direction's cycle.
        var generators = CyclePair<[DoubleNetwork.Gradients]>(
            a: Array(repeating: [:], count: 4),
            b: Array(repeating: [:], count: 4)
        )
        /// Parts: of the real images, of the fakes.
        var discriminators = CyclePair<[DoubleNetwork.Gradients]>(a: [[:], [:]], b: [[:], [:]])
        var fakes = CyclePair<[DoubleMap]>(a: [], b: [])

        /// What the discriminators minimise.
        var discriminatorLoss: Double {
            losses.reduce(0) { sum, loss in
                switch loss.key {
                case .discriminatorRealA, .discriminatorFakeA, .discriminatorRealB,
                    .discriminatorFakeB:
                    sum + loss.value
                default: sum
                }
            }
        }

        /// What the generators minimise.
        var generatorLoss: Double {
            losses.reduce(0) { sum, loss in
                switch loss.key {
                case .adversarialA, .adversarialB: sum + loss.value
                case .cycleA, .cycleB: sum + lambdaCycle * loss.value
                case .identityA, .identityB: sum + lambdaIdentity * lambdaCycle * loss.value
                default: sum
                }
            }
        }
    }

    private static let names:
        CyclePair<
            (
                adversarial: CycleGANLoss, cycle: CycleGANLoss, identity: CycleGANLoss,
                real: CycleGANLoss, fake: CycleGANLoss
            )
        > = CyclePair(
            a: (.adversarialA, .cycleA, .identityB, .discriminatorRealA, .discriminatorFakeA),
            b: (.adversarialB, .cycleB, .identityA, .discriminatorRealB, .discriminatorFakeB)
        )

    init(seed: UInt64, imageSize: Int = 32) throws {
        var random = SeededGenerator(seed: seed)
        let generator = try CycleGAN.generator(channels: 4, residualBlocks: 1, imageSize: imageSize)
        let discriminator = try CycleGAN.discriminator(channels: 4, imageSize: imageSize)
        generators = CyclePair(a: try random.network(generator), b: try random.network(generator))
        discriminators = CyclePair(
            a: try random.network(discriminator),
            b: try random.network(discriminator)
        )
        var images = CyclePair<[DoubleMap]>(a: [], b: [])
        for _ in 0..<batch {
            images.a.append(random.image(generator.inputShape))
            images.b.append(random.image(generator.inputShape))
        }
        self.images = images
        var earlier = CyclePair<[DoubleMap]>(a: [], b: [])
        for _ in 0..<batch {
            earlier.a.append(random.image(generator.inputShape))
            earlier.b.append(random.image(generator.inputShape))
        }
        self.earlier = earlier
    }

    /// One iteration; no network changes in it.
    func iteration() -> Result {
        var result = Result(lambdaCycle: lambdaCycle, lambdaIdentity: lambdaIdentity)
        for side in CycleSide.allCases {
            for image in 0..<batch {
                appendGenerators(side, image, to: &result)
                appendDiscriminator(side, image, to: &result)
            }
        }
        return result
    }

    private func appendGenerators(_ side: CycleSide, _ image: Int, to result: inout Result) {
        let (source, target) = (images[side][image], images[side.other][image])
        let (names, share) = (Self.names[side], 1 / Double(batch))
        let (make, back) = (generators[side], generators[side.other])
        let made = make.trace(source)
        let fake = made.values[make.graph.outputs[0]]
        result.fakes[side].append(fake)

        let judged = discriminators[side].trace(fake)
        let scores = judged.values[discriminators[side].graph.outputs[0]]
        let adversarial = DoubleLoss.leastSquares(scores, to: 1)
        result.losses[names.adversarial, default: 0] += share * adversarial.value
        var unused: DoubleNetwork.Gradients = [:]
        let judgement = discriminators[side].backward(
            judged,
            errors: [share * adversarial.gradient],
            adding: &unused
        )
        _ = make.backward(made, errors: [judgement], adding: &result.generators[side][0])

        let returned = back.trace(fake)
        let cycle = DoubleLoss.absoluteDifference(
            returned.values[back.graph.outputs[0]],
            to: source
        )
        result.losses[names.cycle, default: 0] += share * cycle.value
        let error = back.backward(
            returned,
            errors: [lambdaCycle * share * cycle.gradient],
            adding: &result.generators[side.other][3]
        )
        _ = make.backward(made, errors: [error], adding: &result.generators[side][1])

        let kept = make.trace(target)
        let identity = DoubleLoss.absoluteDifference(
            kept.values[make.graph.outputs[0]],
            to: target
        )
        result.losses[names.identity, default: 0] += share * identity.value
        _ = make.backward(
            kept,
            errors: [lambdaIdentity * lambdaCycle * share * identity.gradient],
            adding: &result.generators[side][2]
        )
    }

    private func appendDiscriminator(
        _ side: CycleSide,
        _ image: Int,
        to result: inout Result
    ) {
        let (names, share) = (Self.names[side], 1 / Double(batch))
        let judge = discriminators[side]
        for (picture, isReal, loss) in [
            (images[side.other][image], 1.0, names.real),
            ((judgesEarlier ? earlier : result.fakes)[side][image], 0.0, names.fake),
        ] {
            let trace = judge.trace(picture)
            let half = DoubleLoss.leastSquares(
                trace.values[judge.graph.outputs[0]],
                to: isReal
            )
            result.losses[loss, default: 0] += 0.5 * share * half.value
            _ = judge.backward(
                trace,
                errors: [0.5 * share * half.gradient],
                adding: &result.discriminators[side][isReal == 1 ? 0 : 1]
            )
        }
    }
}
