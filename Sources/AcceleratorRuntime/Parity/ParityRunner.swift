package import AcceleratorDriver
import AcceleratorISA
import DatapathNumerics
import ModelGraph
import RetrainingCompiler

/// Runs golden cases on a device.
package struct ParityRunner: Sendable {
    let accelerator: Accelerator

    /// A runner on a device.
    package init(_ accelerator: Accelerator) { self.accelerator = accelerator }

    /// Runs a case and compares every tensor that has a tolerance, in the order of their names.
    package func run(_ parityCase: ParityCase) async throws(RetrainingError) -> [ParityResult] {
        let results = try await compute(parityCase)
        var compared: [ParityResult] = []
        for (name, tolerance) in parityCase.tolerances.sorted(by: { $0.key < $1.key }) {
            compared.append(
                ParityResult(
                    caseName: parityCase.name,
                    tensor: name,
                    got: results[name] ?? [],
                    want: try parityCase.expected(name),
                    tolerance: tolerance
                )
            )
        }
        return compared
    }

    private func compute(
        _ parityCase: ParityCase
    ) async throws(RetrainingError) -> [String: [Float]] {
        let fields = parityCase.fields
        let what = try read { () throws(JSONError) in
            let kind = try fields["kind"].string()
            return (kind, try fields[kind == "op" ? "op" : "family"].string())
        }
        switch what {
        case ("op", "conv2d"): return try await convolution(parityCase, isTransposed: false)
        case ("op", "conv_transpose2d"):
            return try await convolution(parityCase, isTransposed: true)
        case ("op", "instance_norm"): return try await instanceNorm(parityCase)
        case ("op", "adam"): return try await adam(parityCase)
        case ("iteration", "stargan"): return try await starGAN(parityCase)
        case ("iteration", "cyclegan"): return try await cycleGAN(parityCase)
        case ("forward", let family): return try await forward(parityCase, family)
        default:
            throw .badFile(
                "failed to run golden case \(parityCase.name): kind \(what.0) \(what.1) is unknown"
            )
        }
    }

    /// Reads a case's fields, turning what is wrong with them into one kind of error.
    func read<Value>(_ body: () throws(JSONError) -> Value) throws(RetrainingError) -> Value {
        do {
            return try body()
        } catch {
            throw .badFile("failed to read a golden case: \(error)")
        }
    }

    // MARK: Device

    func write(_ values: [Float], to tensor: Tensor) async throws(RetrainingError) {
        guard values.count == TensorAccess.plainCount(of: tensor) else {
            throw .badFile("failed to run a golden case: a tensor's shape does not fit the others")
        }
        try await accelerator.write(values, to: tensor)
    }

    /// Places tensors of single operations.
    func place(
        _ layout: inout DeviceLayout,
        _ kind: TensorLayout,
        _ shape: [Int]
    ) throws(RetrainingError) -> Tensor {
        let padded = shape + Array(repeating: 1, count: max(0, 4 - shape.count))
        guard padded.count == 4, padded.allSatisfy({ $0 > 0 }) else {
            throw .badFile("failed to run a golden case: shape \(shape) is not one of a map")
        }
        do {
            return try layout.place(
                kind,
                batch: padded[0],
                channels: padded[1],
                height: padded[2],
                width: padded[3],
                kind: .featureMap
            )
        } catch {
            throw .compilation(error)
        }
    }
}
