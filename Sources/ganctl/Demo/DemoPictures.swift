import AcceleratorRuntime
import ImageCapture
import ModelGraph
import SamplePortraits

/// Draws what a model makes of a user's pictures before and after a retraining.
struct DemoPictures {
    private let retraining: UserRetraining
    private let user: DrawnUser

    /// Changes shown of each picture: the first of those that are scored.
    private static let changesOfPicture = 2

    /// One picture, changed.
    struct Change {
        /// Which picture, and what is changed: `shot 10000: blond hair`.
        let title: String
        let input: RGBImage
        let truth: RGBImage
        let before: RGBImage
        let after: RGBImage
        /// Against the truth, in dB.
        let decibels: (input: Double, before: Double, after: Double)
    }

    init(_ retraining: UserRetraining, _ user: DrawnUser) {
        self.retraining = retraining
        self.user = user
    }

    /// The changes shown, as the model makes them and as a retrained generator does.
    func changes(after generator: ParameterSet) async throws -> [Change] {
        let judged = user.judged
        let rules = retraining.options.rules
        let places = judged.labels.enumerated().flatMap { index, labels in
            QualityEvaluation.targets(of: labels, picture: index, rules: rules)
                .prefix(Self.changesOfPicture)
                .map { (picture: index, target: $0) }
        }
        let before = try await changed(places, by: retraining.model.generator)
        let after = try await changed(places, by: generator)
        return places.indices.compactMap { index in
            let (picture, target) = places[index]
            guard let wanted = user.truth(picture, target) else { return nil }
            let (name, labels) = (judged.manifest.entries[picture].name, judged.labels[picture])
            return Change(
                title: "\(name): \(Self.words(from: labels, to: target))",
                input: image(judged.images[picture]),
                truth: image(wanted),
                before: image(before[index]),
                after: image(after[index]),
                decibels: (
                    PictureDifference.peakSignalToNoise(judged.images[picture], wanted),
                    PictureDifference.peakSignalToNoise(before[index], wanted),
                    PictureDifference.peakSignalToNoise(after[index], wanted)
                )
            )
        }
    }

    /// What a change is, in words: what comes on, else what goes off.
    private static func words(from labels: [Bool], to target: [Bool]) -> String {
        let changed = Attribute.allCases.indices.filter { labels[$0] != target[$0] }
        let on = changed.filter { target[$0] }
        let names = (on.isEmpty ? changed : on).map { Attribute.allCases[$0].name }
            .map { name in String(name.map { $0 == "_" ? " " : $0 }) }
            .joined(separator: ", ")
        return on.isEmpty ? "no \(names)" : names
    }

    private func changed(
        _ places: [(picture: Int, target: [Bool])],
        by generator: ParameterSet
    ) async throws -> [[Float]] {
        let transformer = try await Transformer(
            retraining.accelerator,
            generator: try retraining.model.configuration.generator(),
            parameters: generator
        )
        var results: [[Float]] = []
        for (picture, target) in places {
            results.append(
                try await transformer.transform(user.judged.images[picture], to: target)
            )
        }
        return results
    }

    private func image(_ planes: [Float]) -> RGBImage {
        let side = retraining.model.configuration.imageSize
        return RGBImage(planar: planes, width: side, height: side)
    }
}
