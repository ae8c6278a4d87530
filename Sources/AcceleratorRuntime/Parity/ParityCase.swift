package import ModelGraph

/// A golden case: what to run on the device, and what is expected of it.
///
/// A case is a folder with `case.json` and `tensors.safetensors` (format 1): `in.*` tensors are
/// inputs and initial parameters, `want.*` expected results, which are looked at only to compare.
/// Inputs whose numbers are of no interest may be `made` (`MadeTensor`) instead of stored.
package struct ParityCase {
    /// The case's name.
    package let name: String
    /// What the case asks for.
    package let fields: JSONField
    /// What is allowed, by expected tensor.
    package let tolerances: [String: Tolerance]
    private let reader: SafetensorsReader
    private let made: [String: MadeTensor]

    /// How far a tensor may be from what is expected.
    package enum Tolerance: Sendable, Equatable {
        /// |got - want| / |want|.
        case relativeL2(Double)
        /// The cosine between them, and | |got| / |want| - 1 |.
        case direction(cosineAtLeast: Double, normRatioWithin: Double)
    }

    /// Parses a case from its two files.
    ///
    /// - Throws: ``RetrainingError/badFile(_:)``.
    package init(description: [UInt8], tensors: [UInt8], folder: String) throws(RetrainingError) {
        do {
            fields = try JSONField(parsing: description, document: "\(folder)/case.json")
            let format = try fields["format"].integer()
            guard format == 1 else {
                throw try fields["format"].failure("format \(format) is unknown")
            }
            name = try fields["name"].string()
            var tolerances: [String: Tolerance] = [:]
            for (tensor, field) in try fields["tolerance"].members() {
                tolerances[tensor] = try Self.tolerance(field)
            }
            self.tolerances = tolerances
            made = try fields.optional("made").map(MadeTensor.tensors) ?? [:]
        } catch {
            throw .badFile("failed to read a golden case: \(error)")
        }
        do {
            reader = try SafetensorsReader(bytes: tensors)
        } catch {
            throw .badFile("failed to read \(folder)/tensors.safetensors: \(error)")
        }
    }

    private static func tolerance(_ field: JSONField) throws(JSONError) -> Tolerance {
        if let limit = try field.optional("relativeL2") { return .relativeL2(try limit.number()) }
        return .direction(
            cosineAtLeast: try field["cosineAtLeast"].number(),
            normRatioWithin: try field["normRatioWithin"].number()
        )
    }

    /// An input tensor: its shape and values.
    package func input(_ name: String) throws(RetrainingError) -> (shape: [Int], values: [Float]) {
        guard let tensor = try optionalInput(name) else {
            throw .badFile("failed to run golden case \(self.name): it has no tensor in.\(name)")
        }
        return tensor
    }

    /// An input tensor, if the case has it.
    package func optionalInput(
        _ name: String
    ) throws(RetrainingError) -> (shape: [Int], values: [Float])? {
        try tensor("in.\(name)") ?? made[name].map { ($0.shape, $0.values(of: name)) }
    }

    /// An input tensor that is a map or a weight: of rank 4, none of its extents zero.
    package func inputMap(
        _ name: String
    ) throws(RetrainingError) -> (shape: [Int], values: [Float]) {
        let tensor = try input(name)
        guard tensor.shape.count == 4, !tensor.shape.contains(0) else {
            throw .badFile(
                "failed to run golden case \(self.name): in.\(name) has shape \(tensor.shape), "
                    + "expected four extents above 0"
            )
        }
        return tensor
    }

    /// The expected tensor of a name.
    func expected(_ name: String) throws(RetrainingError) -> [Float] {
        guard let tensor = try tensor("want.\(name)") else {
            throw .badFile("failed to run golden case \(self.name): it has no tensor want.\(name)")
        }
        return tensor.values
    }

    /// Names and shapes of the inputs.
    package var inputShapes: [String: [Int]] {
        var shapes = made.mapValues(\.shape)
        for (name, shape) in reader.header.shapes where name.hasPrefix("in.") {
            shapes[String(name.dropFirst(3))] = shape
        }
        return shapes
    }

    /// A network's initial parameters: those named `in.<prefix>.<parameter>`.
    package func parameters(
        of graph: NetworkGraph,
        prefix: String
    ) throws(RetrainingError) -> ParameterSet {
        var entries: [ParameterSet.Entry] = []
        for parameter in graph.parameters {
            let (shape, values) = try input("\(prefix).\(parameter.name)")
            guard shape == parameter.shape else {
                throw .badFile(
                    "failed to run golden case \(name): in.\(prefix).\(parameter.name) has shape "
                        + "\(shape), expected \(parameter.shape)"
                )
            }
            entries.append(.init(name: parameter.name, shape: shape, values: values))
        }
        do {
            return try ParameterSet(entries)
        } catch {
            throw .badFile("failed to run golden case \(name): \(error)")
        }
    }

    private func tensor(
        _ name: String
    ) throws(RetrainingError) -> (shape: [Int], values: [Float])? {
        guard let entry = reader.header[name] else { return nil }
        do {
            return (entry.shape, try reader.values(of: name))
        } catch {
            throw .badFile("failed to read golden case \(self.name): \(error)")
        }
    }
}

/// How one tensor of a case came out.
package struct ParityResult: Sendable, Equatable {
    /// Name of the case.
    package let caseName: String
    /// Name of the tensor.
    package let tensor: String
    /// What the tensor is allowed.
    package let tolerance: ParityCase.Tolerance
    /// Relative L2 distance.
    package let relativeL2: Double
    /// Cosine of the angle between got and want.
    package let cosine: Double
    /// |got| / |want|.
    package let normRatio: Double
    /// Whether all three are inside the tolerance.
    package let isInside: Bool

    /// Compares what a device computed with what is expected.
    ///
    /// Anything not finite is outside.
    package init(
        caseName: String,
        tensor: String,
        got: [Float],
        want: [Float],
        tolerance: ParityCase.Tolerance
    ) {
        self.caseName = caseName
        self.tensor = tensor
        self.tolerance = tolerance
        var (product, gotSquares, wantSquares, difference) = (0.0, 0.0, 0.0, 0.0)
        for (a, b) in zip(got, want) {
            let (x, y) = (Double(a), Double(b))
            product += x * y
            gotSquares += x * x
            wantSquares += y * y
            difference += (x - y) * (x - y)
        }
        let least = 1e-30
        relativeL2 = difference.squareRoot() / max(wantSquares.squareRoot(), least)
        cosine = product / max((gotSquares * wantSquares).squareRoot(), least)
        normRatio = gotSquares.squareRoot() / max(wantSquares.squareRoot(), least)
        let isComparable = got.count == want.count && difference.isFinite
        switch tolerance {
        case .relativeL2(let limit): isInside = isComparable && relativeL2 <= limit
        case .direction(let least, let within):
            isInside = isComparable && cosine >= least && abs(normRatio - 1) <= within
        }
    }
}
