import AcceleratorRuntime
import ModelGraph
import SamplePortraits

/// A model of both networks whose classes are the attributes of drawn portraits.
struct PortraitModel: Sendable {
    let source: ModelSource
    let configuration: StarGANConfiguration
    let generator: ParameterSet
    let discriminator: ParameterSet
    let weightsHash: String

    /// Reads it; `purpose` is what it is wanted for, as in "failed to study".
    init(_ source: ModelSource, to purpose: String) throws(CommandFailure) {
        let names = Attribute.allCases.map(\.name)
        let defaults: StarGANConfiguration
        do {
            defaults = try StarGANConfiguration(
                imageSize: 256,
                generatorChannels: 16,
                residualBlocks: 6,
                classes: names.count,
                discriminatorChannels: 8,
                discriminatorLayers: 6
            )
        } catch {
            throw CommandFailure(.configuration, "\(error)")
        }
        let file = try source.load(assuming: defaults)
        guard file.attributes == names, file.configuration.imageSize >= Scene.minimumSize else {
            throw CommandFailure(
                .configuration,
                "failed to \(purpose) \(source.words): its attributes are not those of the "
                    + "portraits (\(names.joined(separator: ","))); give a built-in model or one "
                    + "of ganctl pretrain"
            )
        }
        guard let discriminator = file.discriminator else {
            throw CommandFailure(
                .configuration,
                "failed to \(purpose) \(source.words): the model has no discriminator to retrain "
                    + "against; give one that has"
            )
        }
        self.source = source
        configuration = file.configuration
        generator = file.generator
        self.discriminator = discriminator
        weightsHash = file.weightsHash
    }

    /// The model and its weights, as reports say where a training started.
    var words: String { "\(source.words), weights \(weightsHash)" }
}
