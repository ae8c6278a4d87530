import DatapathNumerics
import ModelGraph

/// An input of a golden case that any program can make: a few bytes instead of a large file.
///
/// ```
/// "made": {"seed": 11, "tensors": {"network.model.1.weight":
///     {"shape": [4, 3, 7, 7], "center": 0.0, "width": 0.2}}}
/// ```
/// Element i is `center + (2u - 1) * width` in single precision, rounded to bf16, where u is the
/// uniform number i of `CounterRandom` with that seed and the tensor's name as its stream.
struct MadeTensor: Hashable, Sendable {
    let seed: UInt64
    let shape: [Int]
    let center: Float
    let width: Float

    /// Most elements of all tensors of a case.
    static let maximumElementCount = 1 << 26

    /// The tensors of a case's member `made`, by name.
    ///
    /// - Throws: `JSONError` naming what is no shape or number.
    static func tensors(_ field: JSONField) throws(JSONError) -> [String: MadeTensor] {
        let seed = UInt64(try field["seed"].integer(in: 0...Int.max))
        var tensors: [String: MadeTensor] = [:]
        var elementCount = 0
        for (name, entry) in try field["tensors"].members() {
            var shape: [Int] = []
            var count = 1
            for extent in try entry["shape"].elements() {
                shape.append(try extent.integer(in: 1...maximumElementCount))
                count = min(count * (shape.last ?? 1), maximumElementCount + 1)
            }
            elementCount += count
            guard elementCount <= maximumElementCount else {
                throw try entry["shape"].failure(
                    "the tensors up to it have more than \(maximumElementCount) elements"
                )
            }
            tensors[name] = MadeTensor(
                seed: seed,
                shape: shape,
                center: try number(entry["center"]),
                width: try number(entry["width"])
            )
        }
        return tensors
    }

    private static func number(_ field: JSONField) throws(JSONError) -> Float {
        let number = try field.number()
        guard abs(number) <= 1e6 else { throw field.failure("expected a number within 1e6") }
        return Float(number)
    }

    /// The numbers of the tensor of a name, in row-major order.
    func values(of name: String) -> [Float] {
        var random = CounterRandom(seed: seed, stream: name)
        return (0..<shape.reduce(1, *)).map { _ in
            quantized(center + (random.uniform() * 2 - 1) * width).float
        }
    }
}
