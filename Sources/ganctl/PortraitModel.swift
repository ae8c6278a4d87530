import AcceleratorRuntime
import ModelGraph
import SamplePortraits

extension ModelFile {
    /// Reads a model whose classes are the attributes of the drawn portraits.
    init(ofPortraits path: String) throws {
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
        try self.init(path: path, assuming: defaults)
        guard attributes == names, configuration.imageSize >= Scene.minimumSize else {
            throw CommandFailure(
                .configuration,
                "\(path) does not fit drawn portraits: its attributes are not "
                    + "\(names.joined(separator: ",")); give a model of ganctl pretrain"
            )
        }
    }
}
