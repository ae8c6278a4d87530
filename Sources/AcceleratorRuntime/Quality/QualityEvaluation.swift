package import AcceleratorDriver
package import ModelGraph
package import RetrainingCompiler

/// Scores a StarGAN generator on pictures it was not trained on, on a device.
///
/// Every picture is changed attribute by attribute and changed back. When two generators are
/// compared, both must be given the same discriminator: class accuracy is that of its judgement.
///
/// One program uses a device's memory at a time: an evaluation takes the place of whatever was
/// there.
package struct QualityEvaluation: Sendable {
    /// Most pictures looked at: the first ones.
    package static let pictureLimit = 8
    /// Most changes of one picture.
    package static let changeLimit = 4

    /// What a picture should become, where it is known: the picture's place, the wanted labels;
    /// `3 * size * size` values in planes.
    package typealias Truth = @Sendable (_ picture: Int, _ target: [Bool]) -> [Float]?

    private let accelerator: Accelerator
    private let configuration: StarGANConfiguration
    private let classLoss: ClassLoss
    private let rules: AttributeRules
    private let counts: SlicedWasserstein.Counts

    /// An evaluation of networks of these sizes; `counts` are those of the Wasserstein distance.
    package init(
        _ accelerator: Accelerator,
        configuration: StarGANConfiguration,
        classLoss: ClassLoss,
        rules: AttributeRules,
        counts: SlicedWasserstein.Counts = SlicedWasserstein.Counts()
    ) {
        self.accelerator = accelerator
        self.configuration = configuration
        self.classLoss = classLoss
        self.rules = rules
        self.counts = counts
    }

    /// The labels a picture is changed to, at most ``changeLimit``.
    ///
    /// Each attribute in turn, switched as the rules have it. `picture` decides which one comes
    /// first, so that pictures together show all of many.
    package static func targets(
        of labels: [Bool],
        picture: Int,
        rules: AttributeRules
    ) -> [[Bool]] {
        let classes = labels.indices.map { ($0 + picture) % labels.count }
        let targets = classes.map { rules.switched(labels, $0) }.filter { $0 != labels }
        return Array(targets.prefix(changeLimit))
    }

    /// Scores a generator.
    ///
    /// - Parameters:
    ///   - generator: The weights to score.
    ///   - discriminator: The weights that judge what a changed picture shows.
    ///   - images: Pictures: `3 * size * size` values each, in planes, in [-1, 1].
    ///   - labels: What each shows, one value a class.
    ///   - truth: What changed pictures should be, if anybody knows.
    /// - Returns: The means over all changes.
    /// - Throws: `.configuration` when there is nothing to look at, `.compilation`, `.device`.
    package func scores(
        generator: ParameterSet,
        discriminator: ParameterSet,
        images: [[Float]],
        labels: [[Bool]],
        truth: Truth? = nil
    ) async throws(RetrainingError) -> QualityScores {
        let changes = try await changes(generator, images, labels)
        guard !changes.isEmpty else {
            throw .configuration(
                "failed to score the generator: there is no picture with another class to change "
                    + "to; give more pictures or attributes"
            )
        }
        let classScores = try await classScores(discriminator, changes)
        let count = Double(changes.count)
        let size = PictureSize(side: configuration.imageSize)
        let originals = changes.map { images[$0.picture] }
        var (difference, similarity) = (0.0, 0.0)
        var known: [(changed: [Float], truth: [Float])] = []
        for (change, original) in zip(changes, originals) {
            difference += PictureDifference.meanAbsolute(original, change.reconstruction)
            similarity += StructuralSimilarity.mean(original, change.reconstruction, size: size)
            if let wanted = truth?(change.picture, change.target) {
                known.append((change.changed, wanted))
            }
        }
        let wasserstein = SlicedWasserstein(size: size, counts: counts)
        let distance =
            wasserstein
            .distance(changes.map(\.changed) + changes.map(\.reconstruction), originals + originals)
        return QualityScores(
            reconstructionL1: difference / count,
            ssim: similarity / count,
            slicedWasserstein: distance.average,
            classAccuracy: Judge.classAccuracy(
                of: classScores,
                labels: changes.map(\.target),
                classLoss: classLoss
            ),
            psnr: Self.mean(known) { PictureDifference.peakSignalToNoise($0, $1) },
            truthSSIM: Self.mean(known) { StructuralSimilarity.mean($0, $1, size: size) },
            truthSlicedWasserstein: known.isEmpty
                ? nil : wasserstein.distance(known.map(\.changed), known.map(\.truth)).average,
            pictureCount: Set(changes.map(\.picture)).count,
            changeCount: changes.count
        )
    }

    /// The mean over pairs of pictures; nil where there is none.
    private static func mean(
        _ pairs: [(changed: [Float], truth: [Float])],
        of score: ([Float], [Float]) -> Double
    ) -> Double? {
        guard !pairs.isEmpty else { return nil }
        return pairs.map { score($0.changed, $0.truth) }.reduce(0, +) / Double(pairs.count)
    }

    /// A picture changed, and changed back.
    private struct Change {
        let picture: Int
        let target: [Bool]
        let changed: [Float]
        let reconstruction: [Float]
    }

    private func changes(
        _ generator: ParameterSet,
        _ images: [[Float]],
        _ labels: [[Bool]]
    ) async throws(RetrainingError) -> [Change] {
        guard images.count == labels.count else {
            throw .internalFault("failed to score the generator: not every picture has labels")
        }
        let graph: NetworkGraph
        do {
            graph = try configuration.generator()
        } catch {
            throw .configuration("\(error)")
        }
        let transformer = try await Transformer(
            accelerator,
            generator: graph,
            parameters: generator
        )
        var changes: [Change] = []
        for (index, image) in images.prefix(Self.pictureLimit).enumerated() {
            let targets = Self.targets(of: labels[index], picture: index, rules: rules)
            for target in targets {
                let changed = try await transformer.transform(image, to: target)
                let back = try await transformer.transform(changed, to: labels[index])
                changes.append(
                    Change(picture: index, target: target, changed: changed, reconstruction: back)
                )
            }
        }
        return changes
    }

    private func classScores(
        _ discriminator: ParameterSet,
        _ changes: [Change]
    ) async throws(RetrainingError) -> [[Float]] {
        let graph: NetworkGraph
        do {
            graph = try configuration.discriminator()
        } catch {
            throw .configuration("\(error)")
        }
        let judge = try await Judge(accelerator, discriminator: graph, parameters: discriminator)
        var scores: [[Float]] = []
        for change in changes { scores.append(try await judge.judge(change.changed).classScores) }
        return scores
    }
}
