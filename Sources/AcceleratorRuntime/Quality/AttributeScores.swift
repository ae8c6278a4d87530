package import ModelGraph

/// How well one attribute is put on or taken off, over many pictures whose truth is known.
package struct AttributeScores: Sendable, Equatable {
    /// The attribute's name; `all` in a total.
    package let attribute: String
    /// What was done to it.
    package let direction: Direction
    /// Changes counted.
    package private(set) var count = 0
    /// Changes that the discriminator's class head agrees with: the logit's sign.
    package private(set) var headCount = 0
    /// Changes that come nearest to the right one of the rendered answers (``NearestPicture``).
    package private(set) var truthCount = 0
    private var psnrSum = 0.0
    private var ssimSum = 0.0

    /// What is done to an attribute.
    package enum Direction: String, Sendable {
        /// It was put on.
        case on
        /// It was taken off.
        case off
        /// Both, in a total.
        case both
    }

    /// Nothing counted yet.
    package init(attribute: String, direction: Direction) {
        self.attribute = attribute
        self.direction = direction
    }

    /// The counts of several together.
    package init(total scores: [AttributeScores]) {
        self.init(attribute: "all", direction: .both)
        for score in scores { add(score) }
    }

    /// Counts a change; `psnr` in dB and `ssim` are of the answer against the truth.
    package mutating func add(headAgrees: Bool, truthAgrees: Bool, psnr: Double, ssim: Double) {
        count += 1
        headCount += headAgrees ? 1 : 0
        truthCount += truthAgrees ? 1 : 0
        psnrSum += psnr
        ssimSum += ssim
    }

    private mutating func add(_ other: AttributeScores) {
        count += other.count
        headCount += other.headCount
        truthCount += other.truthCount
        psnrSum += other.psnrSum
        ssimSum += other.ssimSum
    }

    /// The share that the class head agrees with, in 0...1.
    package var headShare: Double { share(Double(headCount)) }
    /// The share that the rendered truth agrees with, in 0...1.
    package var truthShare: Double { share(Double(truthCount)) }
    /// Mean peak signal-to-noise ratio against the truth, in dB.
    package var psnr: Double { share(psnrSum) }
    /// Mean structural similarity to the truth.
    package var ssim: Double { share(ssimSum) }

    private func share(_ sum: Double) -> Double { count > 0 ? sum / Double(count) : 0 }

    /// The scores by name.
    package var document: StrictJSON {
        [
            "attribute": .string(attribute),
            "change": .string(direction.rawValue),
            "count": .integer(count),
            "discriminatorAgrees": .number(headShare),
            "truthAgrees": .number(truthShare),
            "psnrDecibels": .number(psnr),
            "ssim": .number(ssim),
        ]
    }
}
