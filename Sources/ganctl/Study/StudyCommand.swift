import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ArgumentParser
import Glibc
import ImageCapture
import ModelGraph
import RetrainingCompiler
import SamplePortraits

/// Retrains for drawn users under conditions, in several ways, and compares with the truth.
struct StudyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study",
        abstract: "Retrain for drawn users in several ways and compare with the truth."
    )

    @Option(help: "Model to start from.")
    var model: String

    @Option(help: "Conditions, with commas between them; none for a user without any.")
    var conditions = Condition.allCases.map(\.name).joined(separator: ",")

    @Option(help: "Seeds of the users.")
    var seeds = "1"

    @Option(help: "Ways: none, full, or NAME+NAME of layers.")
    var ways = "none,full"

    @Option(help: "Epochs.")
    var epochs = 100

    @Option(help: "Pictures.")
    var pictures = 7

    @Option(help: "Step size.")
    var learningRate = 1e-4

    @Option(help: "Critic steps.")
    var criticSteps = 1

    @Flag(help: "Cut the cycle.")
    var cutCycle = false

    @OptionGroup(title: "Device")
    var device: DeviceOptions

    func run() async throws {
        let file = try ModelFile(
            path: model,
            assuming: try StarGANConfiguration(
                imageSize: 256,
                generatorChannels: 8,
                residualBlocks: 6,
                classes: 5,
                discriminatorChannels: 8,
                discriminatorLayers: 6
            )
        )
        let accelerator = try await device.open()
        for name in conditions.split(separator: ",").map(String.init) {
            for seed in seeds.split(separator: ",").compactMap({ UInt64($0) }) {
                let user = SampleUser(
                    conditions: Condition(name: name).map { [$0] } ?? [],
                    seed: seed,
                    size: file.configuration.imageSize,
                    pictureCount: pictures,
                    judgedCount: 4
                )
                for way in ways.split(separator: ",").map(String.init) {
                    try await run(user, way, file, accelerator, name)
                }
            }
        }
    }

    private func run(
        _ user: SampleUser,
        _ way: String,
        _ file: ModelFile,
        _ accelerator: Accelerator,
        _ name: String
    ) async throws {
        let clock = ContinuousClock()
        let begin = clock.now
        var generator = file.generator
        var work = DeviceWork()
        if way != "none" {
            var options = RetrainingOptions(
                configuration: file.configuration,
                attributes: Attribute.allCases.map(\.name),
                epochs: epochs,
                batch: 1,
                seed: 1,
                adversarialLoss: .leastSquares,
                classLoss: .sigmoid,
                criticSteps: criticSteps,
                learningRate: learningRate,
                start: .randomWeights
            )
            if way != "full" {
                options.selection = try LayerSelection(
                    names: way.split(separator: "+").map(String.init),
                    generator: file.configuration.generator(),
                    discriminator: file.configuration.discriminator(),
                    followsCycle: !cutCycle
                )
            }
            var manifest = PictureManifest()
            let pictures = user.pictures
            for (index, picture) in pictures.enumerated() {
                manifest.add(
                    name: "\(index)",
                    pixels: picture.image.pixels,
                    labels: picture.labels
                )
            }
            let retraining = try Retraining(
                accelerator,
                options: options,
                pictures: manifest,
                images: pictures.map { $0.image.planarFloats() }
            )
            var record = RetrainingRecord(for: options)
            let observer = Retraining.Observer(
                shouldStop: { false },
                onStep: { _ in },
                isCheckpointDue: { false },
                save: { (_: RetrainingCheckpoint) throws(RetrainingError) in },
                seconds: { 0 }
            )
            let (_, state) = try await retraining.run(
                from: TrainingState(
                    generator: file.generator,
                    discriminator: file.discriminator ?? file.generator
                ),
                record: &record,
                observer: observer
            )
            generator = state.generator.parameters
            work = record.work
        }
        let elapsed = clock.now - begin
        let decibels = try await judge(user, generator, file, accelerator)
        let macs = [Stage.forward, .error, .weightGradient].map {
            String(Double(work.counters.multiplyAccumulates(stage: $0) / 1_000_000) / 1000)
        }
        let mean = decibels.reduce(0, +) / Double(max(1, decibels.count))
        print(
            name,
            user.seed,
            way,
            "PSNR \(mean)",
            decibels.map { "\(($0 * 10).rounded() / 10)" }.joined(separator: " "),
            "GMAC f/e/w \(macs.joined(separator: " "))",
            elapsed
        )
    }

    private func judge(
        _ user: SampleUser,
        _ generator: ParameterSet,
        _ file: ModelFile,
        _ accelerator: Accelerator
    ) async throws -> [Double] {
        let transformer = try await Transformer(
            accelerator,
            generator: file.configuration.generator(),
            parameters: generator
        )
        let rules = AttributeRules(names: Attribute.allCases.map(\.name), isExclusive: false)
        var sums = Attribute.allCases.map { _ in 0.0 }
        for picture in user.judged {
            for (index, attribute) in Attribute.allCases.enumerated() {
                let image = picture.image.planarFloats()
                let made = try await transformer.transform(
                    image,
                    to: rules.switched(picture.labels, index)
                )
                let truth = user.truth(picture, switching: attribute).planarFloats()
                var sum = 0.0
                for (one, other) in zip(made, truth) {
                    sum += Double(one - other) * Double(one - other)
                }
                sums[index] += 10 * log10(4 / (sum / Double(truth.count)))
            }
        }
        return sums.map { $0 / Double(max(1, user.judgedCount)) }
    }
}
