import AcceleratorDriver
import AcceleratorRuntime
import ImageCapture
import ModelGraph
import RetrainingCompiler

/// The sheet of pictures before and after the training of a translator.
struct TranslatorSheet {
    private let inputs: TranslatorInputs
    private let accelerator: Accelerator

    /// Most pictures of a direction.
    private static let pictureLimit = 4

    init(_ inputs: TranslatorInputs, _ accelerator: Accelerator) {
        self.inputs = inputs
        self.accelerator = accelerator
    }

    /// Runs every generator, as it was and as it is, over some pictures of its domain.
    func compose(after: TranslatorModel, footer: String) async throws -> RGBImage {
        var rows: [PictureGrid.Row] = []
        let hasTargets = inputs.model.kind == .pix2pix
        for network in inputs.model.kind.networks where network.role == .generator {
            let side: CycleSide = network.direction == .b ? .b : .a
            let sources = inputs.crops[side].prefix(Self.pictureLimit)
            let earlier = try await translated(inputs.model, network, sources)
            let later = try await translated(after, network, sources)
            for (index, source) in sources.enumerated() {
                var pictures = [source.image, earlier[index], later[index]]
                if hasTargets { pictures.append(inputs.crops.b[index].image) }
                rows.append(
                    PictureGrid.Row(
                        label: "\(source.name): \(side.rawValue) to \(side.other.rawValue)",
                        pictures: pictures
                    )
                )
            }
        }
        let columns = ["input", "before", "after"] + (hasTargets ? ["target"] : [])
        return PictureGrid(columns: columns, rows: rows, footer: footer).composed()
    }

    private func translated(
        _ model: TranslatorModel,
        _ network: TranslatorNetwork,
        _ pictures: ArraySlice<(name: String, image: RGBImage)>
    ) async throws -> [RGBImage] {
        guard let parameters = model.parameters[network] else { return [] }
        let transformer = try await Transformer(
            accelerator,
            generator: model.generator,
            parameters: parameters
        )
        var results: [RGBImage] = []
        for picture in pictures {
            let values = try await transformer.transform(picture.image.planarFloats(), to: [])
            let side = model.imageSize
            results.append(RGBImage(planar: values, width: side, height: side))
        }
        return results
    }
}
