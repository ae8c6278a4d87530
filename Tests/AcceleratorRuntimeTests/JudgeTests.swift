import AcceleratorDriver
import AcceleratorRuntime
import DatapathNumerics
import ModelGraph
import RetrainingCompiler
import TestSupport
import Testing

@Suite struct JudgeTests {
    @Test func givesTheScoresOfANetworkInDoublePrecision() async throws {
        let graph = try StarGAN.discriminator(imageSize: 32, channels: 8, classes: 3, layers: 3)
        var generator = SeededGenerator(seed: 4)
        let network = try generator.network(graph)
        let image = generator.image(graph.inputShape)
        let entries = try graph.parameters.map { parameter in
            ParameterSet.Entry(
                name: parameter.name,
                shape: parameter.shape,
                values: try #require(network.parameters[parameter.name]).map(Float.init)
            )
        }
        let accelerator = try await openEmulator()
        let judge = try await Judge(
            accelerator,
            discriminator: graph,
            parameters: ParameterSet(entries)
        )
        let judgement = try await judge.judge(image.values.map(Float.init))
        for (got, map) in zip([judgement.realScores, judgement.classScores], network(image)) {
            #expect(got.count == map.values.count)
            let scale = map.values.map(abs).max() ?? 0
            for (one, other) in zip(got, map.values) {
                #expect(abs(Double(one) - other) < 0.02 * scale + 1e-3, "\(one) \(other)")
            }
        }
        await accelerator.close()
    }

    @Test func aPictureThatDoesNotFitIsRefused() async throws {
        let training = TinyTraining()
        let accelerator = try await openEmulator()
        let judge = try await Judge(
            accelerator,
            discriminator: training.configuration().discriminator(),
            parameters: training.start().discriminator.parameters
        )
        await #expect(throws: RetrainingError.self) {
            _ = try await judge.judge(Array(training.images[0].dropLast()))
        }
        await accelerator.close()
    }

    @Test(arguments: [
        (ClassLoss.sigmoid, [[true, false], [false, true]], 1.0),
        (.sigmoid, [[false, false], [false, true]], 0.75),
        (.sigmoid, [[false, true], [true, false]], 0),
        (.softmax, [[true, false], [true, false]], 0.5),
        (.softmax, [[true, false], [false, true]], 1),
    ])
    func countsTheScoresThatAreRight(loss: ClassLoss, labels: [[Bool]], share: Double) {
        let scores: [[Float]] = [[3, -0.5], [-2, 0.25]]
        #expect(Judge.classAccuracy(of: scores, labels: labels, classLoss: loss) == share)
    }
}
