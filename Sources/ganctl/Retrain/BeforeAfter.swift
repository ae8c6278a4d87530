import AcceleratorDriver
import AcceleratorRuntime
import ImageCapture
import ModelGraph
import RetrainingCompiler

/// The sheet of pictures before and after a retraining.
struct BeforeAfter {
    private let inputs: RetrainInputs
    private let accelerator: Accelerator

    /// Most pictures and attributes of a sheet.
    private static let pictureLimit = 6
    private static let attributeLimit = 4

    init(_ inputs: RetrainInputs, _ accelerator: Accelerator) {
        self.inputs = inputs
        self.accelerator = accelerator
    }

    /// Runs both generators over some pictures, each attribute switched in turn.
    func compose(
        before: ParameterSet,
        after: ParameterSet,
        footer: String
    ) async throws -> RGBImage {
        let options = inputs.options
        let attributes = options.attributes.prefix(Self.attributeLimit)
        let crops = inputs.crops.prefix(Self.pictureLimit)
        let earlier = try await transformed(before, crops, attributes.count)
        let later = try await transformed(after, crops, attributes.count)
        var columns = ["input"]
        for attribute in attributes { columns += ["\(attribute), before", "\(attribute), after"] }
        let rows = crops.indices.map { index in
            let pairs = zip(earlier[index], later[index]).flatMap { [$0, $1] }
            let entry = inputs.manifest.entries[index]
            let on = zip(options.attributes, entry.labels).filter { $0.1 }.map { $0.0 }
            let labels = on.isEmpty ? "no attribute" : on.joined(separator: ", ")
            return PictureGrid.Row(
                label: "\(entry.name): \(labels)",
                pictures: [crops[index]] + pairs
            )
        }
        return PictureGrid(columns: columns, rows: rows, footer: footer).composed()
    }

    private func transformed(
        _ parameters: ParameterSet,
        _ crops: ArraySlice<RGBImage>,
        _ attributeCount: Int
    ) async throws -> [[RGBImage]] {
        let graph = try inputs.options.configuration.generator()
        let transformer = try await Transformer(
            accelerator,
            generator: graph,
            parameters: parameters
        )
        var rows: [[RGBImage]] = []
        for (index, crop) in crops.enumerated() {
            let image = crop.planarFloats()
            var row: [RGBImage] = []
            for attribute in 0..<attributeCount {
                let labels = inputs.options.rules.switched(
                    inputs.manifest.entries[index].labels,
                    attribute
                )
                let values = try await transformer.transform(image, to: labels)
                row.append(RGBImage(planar: values, width: crop.width, height: crop.height))
            }
            rows.append(row)
        }
        return rows
    }
}
