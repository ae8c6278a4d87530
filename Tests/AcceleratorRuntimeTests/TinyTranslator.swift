import AcceleratorDriver
import AcceleratorRuntime
import ModelGraph
import RetrainingCompiler
import TestSupport

/// A CycleGAN or a pix2pix so small that a step takes moments.
struct TinyTranslator {
    var kind = TranslatorKind.cycleGAN
    var size = 16
    var epochs = 2
    var batch = 1
    var poolSize = 2
    var learningRate = 2e-3
    /// Networks that the model lacks.
    var missing: [TranslatorNetwork] = []
    var warmUpSteps = 0
    var pictureCount = 3

    static func network(
        _ role: NetworkArchitecture.Role,
        _ direction: RecognizedNetwork.Direction? = nil
    ) -> TranslatorNetwork {
        TranslatorNetwork(role: role, direction: direction)
    }

    /// The networks as a file of weights has them.
    func checkpoint() throws -> Checkpoint {
        // A pix2pix of residual blocks: a U-Net has no fewer than a million parameters.
        let generator = NetworkArchitecture.residualGenerator(
            inputChannels: 3,
            outputChannels: 3,
            channels: 4,
            residualBlocks: 1,
            norm: .instance,
            hasDropout: false
        )
        let discriminator = NetworkArchitecture.patchDiscriminator(
            inputChannels: kind == .cycleGAN ? 3 : 6,
            channels: 4,
            layers: 1,
            norm: .instance
        )
        var tensors: [CheckpointTensor] = []
        for network in kind.networks where !missing.contains(network) {
            let architecture = network.role == .generator ? generator : discriminator
            let set = ParameterSet(
                initializing: try architecture.network(imageSize: size).graph,
                seed: 7,
                stream: network.name
            )
            for tensor in set.tensors(prefix: network.prefix) {
                tensors.append(
                    try CheckpointTensor(
                        path: [tensor.name],
                        elementType: .float32,
                        shape: tensor.shape,
                        bytes: tensor.values.flatMap { value in
                            (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
                        }
                    )
                )
            }
        }
        return try Checkpoint(format: .safetensors, tensors: tensors)
    }

    func model() throws -> TranslatorModel {
        try TranslatorModel(checkpoint(), name: "tiny", imageSize: size, seed: 3)
    }

    func options(_ model: TranslatorModel) -> TranslatorOptions {
        var options = TranslatorOptions(model)
        options.epochs = epochs
        options.batch = batch
        options.poolSize = poolSize
        options.learningRate = learningRate
        options.warmUpSteps = warmUpSteps
        return options
    }

    /// Pictures of one domain: dark or bright ramps.
    private func images(_ brightness: Float) -> [[Float]] {
        (0..<pictureCount).map { number in
            (0..<3 * size * size).map { place in
                let ramp = Float(place % size) / Float(size) - 0.5
                return brightness + ramp * Float(number + 1) / Float(pictureCount)
            }
        }
    }

    var pictures: TranslatorPictures {
        let (a, b) = (images(-0.4), images(0.4))
        switch kind {
        case .cycleGAN: return TranslatorPictures(a: a, b: b)
        case .pix2pix: return TranslatorPictures(pairs: zip(a, b).map { ($0, $1) })
        }
    }

    var manifest: PictureManifest {
        var manifest = PictureManifest()
        for number in 0..<pictureCount {
            manifest.add(name: "\(number)", pixels: [UInt8(number)], labels: [])
        }
        return manifest
    }

    func retraining(
        _ model: TranslatorModel,
        on accelerator: Accelerator
    ) throws -> TranslatorRetraining {
        try TranslatorRetraining(
            accelerator,
            model: model,
            options: options(model),
            manifest: manifest,
            pictures: pictures
        )
    }

    /// Trains to the end in one go, or to a stop; returns what was reached and the last checkpoint.
    func train(
        from state: TranslatorState? = nil,
        record: inout TranslatorRecord,
        threads: Int = 1,
        stop: @escaping (Int) -> Bool = { _ in false }
    ) async throws -> (TrainingEnding, TranslatorState, TranslatorCheckpoint?) {
        let model = try model()
        let accelerator = try await openEmulator(threads: threads)
        var step = 0
        var saved: TranslatorCheckpoint?
        let (ending, reached) = try await retraining(model, on: accelerator).run(
            from: state ?? TranslatorState(model),
            record: &record,
            observer: TranslatorRetraining.Observer(
                shouldStop: { stop(step) },
                onStep: { step = $0.step },
                isCheckpointDue: { false },
                save: { checkpoint throws(RetrainingError) in saved = checkpoint },
                seconds: { 1 }
            )
        )
        await accelerator.close()
        return (ending, reached, saved)
    }

    /// Trains to the end in one go.
    func trained(threads: Int = 1) async throws -> (TranslatorState, TranslatorRecord) {
        var record = TranslatorRecord(for: options(try model()))
        let (_, state, _) = try await train(record: &record, threads: threads)
        return (state, record)
    }
}
