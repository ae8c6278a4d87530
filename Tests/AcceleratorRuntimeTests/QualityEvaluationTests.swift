import AcceleratorDriver
import AcceleratorRuntime
import ModelGraph
import RetrainingCompiler
import Testing

@Suite struct QualityEvaluationTests {
    private static let training = TinyTraining(channels: 2, residualBlocks: 0, pictureCount: 2)

    @Test(arguments: [
        ([true, false, false], 0, ClassLoss.sigmoid, ["000", "110", "101"]),
        ([true, false, false], 1, .sigmoid, ["110", "101", "000"]),
        ([true, false, false], 0, .softmax, ["010", "001"]),
        ([true], 0, .sigmoid, ["0"]), ([true], 0, .softmax, []),
        (
            [false, false, false, false, false, false], 5, .sigmoid,
            [
                "000001", "100000", "010000", "001000",
            ]
        ),
    ])
    func switchesOneClassAtATime(
        labels: [Bool],
        picture: Int,
        loss: ClassLoss,
        wanted: [String]
    ) {
        let targets = QualityEvaluation.targets(
            of: labels,
            picture: picture,
            rules: AttributeRules(names: [], isExclusive: loss == .softmax)
        )
        #expect(targets.map { String($0.map { $0 ? "1" : "0" }) } == wanted)
    }

    @Test func scoresWhatTheNetworksSay() async throws {
        let training = Self.training
        let accelerator = try await openEmulator()
        let start = try training.start()
        let evaluation = QualityEvaluation(
            accelerator,
            configuration: try training.configuration(),
            classLoss: .sigmoid,
            rules: AttributeRules(names: [], isExclusive: false)
        )
        let scores = try await evaluation.scores(
            generator: start.generator.parameters,
            discriminator: start.discriminator.parameters,
            images: training.images,
            labels: training.labels
        )
        #expect(scores.pictureCount == 2 && scores.changeCount == 4)
        #expect(scores.psnr == nil)
        #expect(scores.truthSSIM == nil && scores.truthSlicedWasserstein == nil)
        try await check(scores, training, accelerator)
        await accelerator.close()
    }

    /// Computes the scores again, change by change.
    private func check(
        _ scores: QualityScores,
        _ training: TinyTraining,
        _ accelerator: Accelerator
    ) async throws {
        let start = try training.start()
        let size = PictureSize(side: training.size)
        var (fakes, backs, originals, targets) = ([[Float]](), [[Float]](), [[Float]](), [[Bool]]())
        let transformer = try await Transformer(
            accelerator,
            generator: training.configuration().generator(),
            parameters: start.generator.parameters
        )
        for (index, image) in training.images.enumerated() {
            for attribute in 0..<2 {
                var target = training.labels[index]
                let place = (attribute + index) % 2
                target[place].toggle()
                let fake = try await transformer.transform(image, to: target)
                fakes.append(fake)
                backs.append(try await transformer.transform(fake, to: training.labels[index]))
                originals.append(image)
                targets.append(target)
            }
        }
        let judge = try await Judge(
            accelerator,
            discriminator: training.configuration().discriminator(),
            parameters: start.discriminator.parameters
        )
        var right = 0
        for (fake, target) in zip(fakes, targets) {
            let judgement = try await judge.judge(fake)
            right += zip(judgement.classScores, target).count { ($0 > 0) == $1 }
        }
        let pairs = Array(zip(originals, backs))
        let differences = pairs.map { PictureDifference.meanAbsolute($0, $1) }
        let similarities = pairs.map { StructuralSimilarity.mean($0, $1, size: size) }
        let distance = SlicedWasserstein(size: size)
            .distance(fakes + backs, originals + originals).average
        #expect(abs(scores.reconstructionL1 - differences.reduce(0, +) / 4) < 1e-12)
        #expect(abs(scores.ssim - similarities.reduce(0, +) / 4) < 1e-12)
        #expect(scores.classAccuracy == Double(right) / 8)
        #expect(scores.slicedWasserstein == distance)
        #expect(scores.reconstructionL1 > 0.01 && scores.ssim < 0.9)
    }

    @Test func holdsPicturesAgainstTheTruthWhereItIsKnown() async throws {
        let training = Self.training
        let accelerator = try await openEmulator()
        let start = try training.start()
        let evaluation = QualityEvaluation(
            accelerator,
            configuration: try training.configuration(),
            classLoss: .softmax,
            rules: AttributeRules(names: [], isExclusive: true)
        )
        let transformer = try await Transformer(
            accelerator,
            generator: training.configuration().generator(),
            parameters: start.generator.parameters
        )
        let perfect = try await transformer.transform(training.images[0], to: [false, true])
        let scores = try await evaluation.scores(
            generator: start.generator.parameters,
            discriminator: start.discriminator.parameters,
            images: training.images,
            labels: training.labels,
            truth: { picture, target in
                #expect(target == [picture == 1, picture == 0])
                return picture == 0 ? perfect : nil
            }
        )
        #expect(scores.psnr == .infinity)
        #expect(scores.truthSSIM == 1)
        #expect(scores.truthSlicedWasserstein == 0)
        #expect(scores.changeCount == 2)
        await accelerator.close()
    }

    @Test func nothingToChangeIsSaid() async throws {
        let training = Self.training
        let accelerator = try await openEmulator()
        let start = try training.start()
        let evaluation = QualityEvaluation(
            accelerator,
            configuration: try training.configuration(),
            classLoss: .sigmoid,
            rules: AttributeRules(names: [], isExclusive: false)
        )
        await #expect(throws: RetrainingError.self) {
            _ = try await evaluation.scores(
                generator: start.generator.parameters,
                discriminator: start.discriminator.parameters,
                images: [],
                labels: []
            )
        }
        await accelerator.close()
    }
}
