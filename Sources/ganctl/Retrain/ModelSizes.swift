import AcceleratorRuntime
import ArgumentParser
import ModelGraph

/// Sizes of the networks.
struct ModelSizes: ParsableArguments {
    @Option(help: "Channels of the generator's first layer (default: 16).")
    var generatorChannels: Int?

    @Option(help: "Residual blocks of the generator (default: 6).")
    var residualBlocks: Int?

    @Option(help: "Channels of the discriminator's first layer (default: 16).")
    var discriminatorChannels: Int?

    @Option(help: "Layers of the discriminator; as many as leave 4 pixels of the side (6 of 256).")
    var discriminatorLayers: Int?

    /// Whether any size was given.
    var areGiven: Bool {
        let sizes = [
            generatorChannels, residualBlocks, discriminatorChannels, discriminatorLayers,
        ]
        return sizes.contains { $0 != nil }
    }

    /// Layers for pictures of a size.
    func layers(size: Int) -> Int {
        discriminatorLayers ?? Self.fittingLayers(size: size)
    }

    /// As many layers as leave 4 pixels of the side, or what does not halve.
    static func fittingLayers(size: Int) -> Int {
        var (layers, side) = (1, size / 2)
        while side > 4, side % 2 == 0 { (layers, side) = (layers + 1, side / 2) }
        return layers
    }
}

extension ModelSizes {
    /// Refuses sizes that were given and are not a model's.
    func check(against model: ModelFile) throws {
        let configuration = model.configuration
        var pairs = [
            ("--generator-channels", generatorChannels, configuration.generatorChannels),
            ("--residual-blocks", residualBlocks, configuration.residualBlocks),
        ]
        if model.discriminator != nil {
            pairs += [
                (
                    "--discriminator-channels", discriminatorChannels,
                    configuration.discriminatorChannels
                ),
                ("--discriminator-layers", discriminatorLayers, configuration.discriminatorLayers),
            ]
        }
        for (option, given, found) in pairs {
            guard let given, given != found else { continue }
            throw CommandFailure(
                .configuration,
                "\(option) is \(given), but the model has \(found); leave \(option) out"
            )
        }
    }
}
