import AcceleratorRuntime
import ImageCapture
import ModelGraph
import SamplePortraits

/// Draws what a model makes of a user's pictures before and after a retraining.
struct DemoPictures {
    private let retraining: UserRetraining
    private let user: SampleUser

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

    init(_ retraining: UserRetraining, _ user: SampleUser) {
        self.retraining = retraining
        self.user = user
    }

    /// The changes shown, as the model makes them and as a retrained generator does.
    func changes(after generator: ParameterSet) async throws -> [Change] {
        let judged = user.judged
        let rules = retraining.options.rules
        let places = judged.enumerated().flatMap { index, picture in
            QualityEvaluation.targets(of: picture.labels, picture: index, rules: rules)
                .prefix(Self.changesOfPicture)
                .map { (picture: picture, target: $0) }
        }
        let before = try await changed(places, by: retraining.model.generator)
        let after = try await changed(places, by: generator)
        return places.indices.map { index in
            let (picture, target) = places[index]
            let truth = user.truth(picture, showing: target)
            let wanted = retraining.floats(truth)
            return Change(
                title: "\(picture.name): \(Self.words(from: picture.labels, to: target))",
                input: image(picture.pixels),
                truth: image(truth),
                before: image(planar: before[index]),
                after: image(planar: after[index]),
                decibels: (
                    PictureDifference.peakSignalToNoise(retraining.floats(picture.pixels), wanted),
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
        _ places: [(picture: SampleUser.Picture, target: [Bool])],
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
                try await transformer.transform(retraining.floats(picture.pixels), to: target)
            )
        }
        return results
    }

    private func image(_ pixels: [UInt8]) -> RGBImage {
        RGBImage(width: user.size, height: user.size, pixels: pixels)
    }

    private func image(planar: [Float]) -> RGBImage {
        RGBImage(planar: planar, width: user.size, height: user.size)
    }
}
