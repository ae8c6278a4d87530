import AcceleratorRuntime
import ImageCapture
import ModelGraph

/// The model a retraining starts from, or why it starts from random weights.
///
/// A model that was named is taken as it is. Without one it is the standard built-in model, unless
/// what was asked for is not what that model does: other sizes or other attributes.
struct StartingModel {
    /// Nil for random weights.
    let loaded: (source: ModelSource, file: ModelFile)?
    /// Why not the built-in model, where nobody said `--fresh`.
    let reason: String?

    /// Decides, and reads the model; `defaults` are sizes for what its file does not say.
    init(
        _ command: TrainingOptions,
        _ table: LabelTable?,
        assuming defaults: StarGANConfiguration
    ) throws {
        if let source = command.model {
            let file = try source.load(assuming: defaults)
            try command.sizes.check(against: file)
            (loaded, reason) = ((source, file), nil)
            return
        }
        guard !command.fresh else {
            (loaded, reason) = (nil, nil)
            return
        }
        let source = ModelSource.builtIn(.standard)
        guard !command.sizes.areGiven else {
            (loaded, reason) = (nil, "sizes were given, so not \(source.words)")
            return
        }
        let file = try source.load(assuming: defaults)
        if let difference = Self.difference(of: file, from: command, table) {
            (loaded, reason) = (nil, "not \(source.words): \(difference)")
        } else {
            (loaded, reason) = ((source, file), nil)
        }
    }

    /// What was asked for that the model does not do; nil when there is nothing.
    private static func difference(
        of model: ModelFile,
        from command: TrainingOptions,
        _ table: LabelTable?
    ) -> String? {
        let size = model.configuration.imageSize
        if let asked = command.size, asked != size { return "it is for pictures of \(size) pixels" }
        let known = Set(model.attributeNames)
        let words = "its attributes are \(model.attributeNames.joined(separator: ", "))"
        if let list = command.attributes {
            let asked = list.split(separator: ",", omittingEmptySubsequences: false)
            return Set(asked.map(String.init)) == known ? nil : words
        }
        guard let table else { return nil }
        return known.isSubset(of: table.attributes) ? nil : words
    }
}
