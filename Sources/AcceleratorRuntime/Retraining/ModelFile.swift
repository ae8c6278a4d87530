package import ModelGraph
import RetrainingCompiler

/// A StarGAN's weights in a file, and what is known of them.
///
/// Names are those of a PyTorch checkpoint under `generator.` and `discriminator.`; the metadata
/// hold what the shapes cannot say. A generator alone, with or without its prefix and metadata, is
/// read too.
package struct ModelFile: Sendable, Equatable {
    /// Sizes; without a discriminator, its sizes and the images' are the defaults given.
    package let configuration: StarGANConfiguration
    /// Names of the classes, if the file has them.
    package let attributes: [String]?
    /// The generator's parameters.
    package let generator: ParameterSet
    /// Nil in a file of a generator alone.
    package let discriminator: ParameterSet?

    /// Hash of the file's weights.
    package var weightsHash: String {
        WeightsHash.hexadecimal(generator: generator, discriminator: discriminator)
    }

    /// Names for the classes: the file's, or numbered ones.
    package var attributeNames: [String] {
        attributes ?? (1...configuration.classes).map { "attribute\($0)" }
    }

    /// Reads a model, safetensors or a zip file of PyTorch; `name` is the file's, for messages.
    ///
    /// `defaults` are sizes for what the file does not say.
    ///
    /// - Throws: `.badFile` listing what does not fit.
    package init(
        decoding bytes: [UInt8],
        name: String,
        assuming defaults: StarGANConfiguration
    ) throws(RetrainingError) {
        let checkpoint: Checkpoint
        do {
            checkpoint = try Checkpoint(decoding: bytes)
        } catch {
            throw .badFile("failed to read model \(name): \(error)")
        }
        try self.init(checkpoint, name: name, assuming: defaults)
    }

    /// Takes a model out of a checkpoint; `names` are those of its classes where it has none.
    ///
    /// - Throws: `.badFile` listing what does not fit.
    package init(
        _ checkpoint: Checkpoint,
        name: String,
        attributes names: [String]? = nil,
        assuming defaults: StarGANConfiguration
    ) throws(RetrainingError) {
        do {
            let metadata = checkpoint.metadata
            try SealedTensors.refuse(checkpoint, name: name, purpose: "read model")
            let description = try ModelDescription(metadata, document: name)
            let checkpoint = try checkpoint.withStarGANNames(model: name)
            let recognition = try StarGANConfiguration.recognize(
                checkpoint.shapes,
                assuming: defaults
            )
            let configuration = recognition.configuration
            self.configuration = configuration
            attributes = description.attributes ?? names
            generator = try ParameterSet(
                reading: checkpoint,
                for: try configuration.generator(),
                prefix: recognition.generatorPrefix
            )
            discriminator = try recognition.discriminatorPrefix.map { prefix in
                try ParameterSet(
                    reading: checkpoint,
                    for: try configuration.discriminator(),
                    prefix: prefix
                )
            }
            try check(description)
        } catch let error as RetrainingError {
            throw error
        } catch let error as JSONError {
            throw .badFile("failed to read model metadata: \(error); give another model")
        } catch {
            throw .badFile("failed to read model \(name): \(error)")
        }
    }

    /// The names of the classes in metadata of this project, where they can be read.
    static func attributes(in metadata: [String: String]) -> [String]? {
        do {
            return try ModelDescription(metadata, document: "metadata").attributes
        } catch {
            return nil
        }
    }

    /// What the metadata say has to agree with what the tensors are.
    private func check(_ description: ModelDescription) throws(JSONError) {
        let document = description.document
        if let attributes, attributes.count != configuration.classes {
            throw JSONError(
                at: document,
                "it names \(attributes.count) attributes but has \(configuration.classes) classes"
            )
        }
        if let hash = description.weightsHash, hash != weightsHash {
            throw JSONError(at: document, "the weights do not have the hash \(hash.prefix(12))…")
        }
    }

    /// The file of a trained model: the same bytes for the same training.
    ///
    /// The hash in the metadata is that of the weights as the file holds them: in bf16 the ones
    /// that ``ModelWeights/rounded(to:)`` gives.
    package static func encoded(
        generator: ParameterSet,
        discriminator: ParameterSet,
        options: RetrainingOptions,
        as encoding: SafetensorsWriter.Encoding = .float32
    ) throws(RetrainingError) -> [UInt8] {
        let weights = try ModelWeights(generator: generator, discriminator: discriminator)
            .rounded(to: encoding)
        var metadata: [String: String] = [
            MetadataKey.format: format,
            MetadataKey.imageSize: "\(options.configuration.imageSize)",
            MetadataKey.adversarialLoss: options.adversarialLoss.rawValue,
            MetadataKey.classLoss: options.classLoss.rawValue,
            MetadataKey.weightsHash: weights.hash,
        ]
        let attributes = StrictJSON.array(options.attributes.map { .string($0) })
        do {
            metadata[MetadataKey.attributes] = String(
                decoding: try attributes.serialized(),
                as: UTF8.self
            )
            let prefix = (
                generator: StarGANConfiguration.generatorPrefix,
                discriminator: StarGANConfiguration.discriminatorPrefix
            )
            let writer = try SafetensorsWriter(
                tensors: weights.generator.tensors(prefix: prefix.generator)
                    + weights.discriminator.tensors(prefix: prefix.discriminator),
                encoding: encoding,
                metadata: metadata
            )
            return writer.bytes()
        } catch {
            throw .internalFault("failed to lay out the model: \(error)")
        }
    }

    /// The metadata's word for this kind of file.
    static let format = "gan-accelerator model 1"

    /// Names in the metadata.
    enum MetadataKey {
        static let format = "format"
        static let imageSize = "imageSize"
        static let attributes = "attributes"
        static let adversarialLoss = "adversarialLoss"
        static let classLoss = "classLoss"
        static let weightsHash = "weightsHash"
    }
}

/// What the metadata of a model say.
private struct ModelDescription {
    let document: String
    let attributes: [String]?
    let weightsHash: String?

    init(_ metadata: [String: String], document: String) throws(JSONError) {
        self.document = document
        typealias Key = ModelFile.MetadataKey
        // Other programs' metadata may use the same words in another sense.
        guard metadata[Key.format] == ModelFile.format else {
            (attributes, weightsHash) = (nil, nil)
            return
        }
        weightsHash = metadata[Key.weightsHash]
        attributes = try metadata[Key.attributes].map { text throws(JSONError) in
            let field = try JSONField(
                parsing: Array(text.utf8),
                document: "\(document), attributes"
            )
            var names: [String] = []
            for element in try field.elements() { names.append(try element.string()) }
            return names
        }
    }
}
