import AcceleratorDriver
import AcceleratorRuntime
import ImageCapture
import ModelGraph
import SamplePortraits

/// Switches the attributes of drawn portraits with a model and scores what comes of it.
struct PortraitEvaluation {
    let model: PortraitModel
    let accelerator: Accelerator
    let portraits: HeldOutPortraits

    /// Portraits between which the device is set up anew: generator and discriminator take turns.
    private static let chunk = 16

    /// The scores of each attribute, put on and taken off, over the first `count` portraits.
    func scores(count: Int) async throws -> [AttributeScores] {
        var scores: [AttributeScores] = Attribute.allCases.flatMap { attribute in
            [AttributeScores.Direction.on, .off].map { direction in
                AttributeScores(attribute: attribute.name, direction: direction)
            }
        }
        Interruption.watch()
        for start in stride(from: 0, to: count, by: Self.chunk) {
            let answers = try await answers(start..<min(start + Self.chunk, count))
            let judge = try await Judge(
                accelerator,
                discriminator: try model.configuration.discriminator(),
                parameters: model.discriminator
            )
            for answer in answers {
                try checkInterruption()
                let logits = try await judge.judge(answer.picture).classScores
                add(answer, logits, to: &scores)
            }
        }
        return scores
    }

    /// What the generator makes of a change.
    private struct Answer {
        let change: HeldOutPortraits.Change
        let picture: [Float]
    }

    private func answers(_ numbers: Range<Int>) async throws -> [Answer] {
        let transformer = try await Transformer(
            accelerator,
            generator: try model.configuration.generator(),
            parameters: model.generator
        )
        var answers: [Answer] = []
        for number in numbers {
            try checkInterruption()
            let scene = portraits.scene(number)
            let picture = floats(portraits.pixels(of: scene))
            for change in portraits.changes(of: scene) {
                let changed = try await transformer.transform(picture, to: change.target)
                answers.append(Answer(change: change, picture: changed))
            }
        }
        return answers
    }

    private func add(_ answer: Answer, _ logits: [Float], to scores: inout [AttributeScores]) {
        let change = answer.change
        let candidates = portraits.answers(of: change).map(floats)
        let (truth, side) = (candidates[change.right], portraits.size)
        guard let place = Attribute.allCases.firstIndex(of: change.attribute) else { return }
        let isOn = change.target[place]
        scores[2 * place + (isOn ? 0 : 1)].add(
            headAgrees: (logits[place] > 0) == isOn,
            truthAgrees: NearestPicture.index(of: answer.picture, among: candidates)
                == change.right,
            psnr: PictureDifference.peakSignalToNoise(answer.picture, truth),
            ssim: StructuralSimilarity.mean(
                answer.picture,
                truth,
                size: PictureSize(side: side)
            )
        )
    }

    private func floats(_ pixels: [UInt8]) -> [Float] {
        let side = portraits.size
        return RGBImage(width: side, height: side, pixels: pixels).planarFloats()
    }

    private func checkInterruption() throws {
        guard !Interruption.isRequested else {
            throw CommandFailure(.interrupted, "interrupted; nothing was written")
        }
    }
}
