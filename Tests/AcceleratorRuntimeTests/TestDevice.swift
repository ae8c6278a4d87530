import AcceleratorDriver
import AcceleratorISA
import ChipEmulator
import DatapathNumerics
import ModelGraph
import RetrainingCompiler
import TestSupport
import Testing

/// An emulated device with the transfers that tests of whole iterations need.
struct TestDevice {
    let accelerator: Accelerator

    static func open() async throws -> TestDevice {
        let provider = EmulatorProvider()
        let descriptor = try #require(await provider.enumerate().first)
        return TestDevice(
            accelerator: try await Accelerator.open(try await provider.open(descriptor))
        )
    }

    func write(_ values: [Double], to tensor: Tensor) async throws {
        let bytes = TensorAccess.packed(values.map(Float.init), as: tensor)
        try await accelerator.write(bytes, to: tensor.address)
    }

    func read(_ tensor: Tensor) async throws -> [Float] {
        let bytes = try await accelerator.read(
            UInt8.self,
            from: tensor.address,
            count: Int(tensor.byteCount)
        )
        return bytes.withUnsafeBytes { TensorAccess.unpack(tensor, from: $0) }
    }

    func write(_ parameters: [String: [Double]], to network: NetworkParameters) async throws {
        for tensors in network.tensors {
            let values = try #require(parameters[tensors.parameter.name])
            try await write(values, to: tensors.master)
            guard let moments = tensors.moments else { continue }
            let zeros = [Double](repeating: 0, count: values.count)
            try await write(zeros, to: moments.first)
            try await write(zeros, to: moments.second)
        }
    }

    /// A network's masters, weights as their working copies have them.
    func readParameters(of network: NetworkParameters) async throws -> [String: [Double]] {
        var parameters: [String: [Double]] = [:]
        for tensors in network.tensors {
            let values = try await read(tensors.master)
            let isWeight = tensors.parameter.role == .weight
            parameters[tensors.parameter.name] = values.map {
                Double(isWeight ? quantized($0).float : $0)
            }
        }
        return parameters
    }

    /// Gradients of one network out of those of a program.
    func readGradients(
        _ tensors: [String: Tensor],
        prefix: String
    ) async throws -> [String: [Float]] {
        var gradients: [String: [Float]] = [:]
        for (name, tensor) in tensors where name.hasPrefix(prefix + ".") {
            gradients[String(name.dropFirst(prefix.count + 1))] = try await read(tensor)
        }
        return gradients
    }
}

extension SeededGenerator {
    /// An image of values that bf16 has, in -1...1.
    mutating func image(_ shape: FeatureMapShape) -> DoubleMap {
        var map = DoubleMap(shape)
        for place in map.values.indices {
            map.values[place] = Double(quantized(unit() * 2 - 1).float)
        }
        return map
    }

    /// A network whose parameters bf16 has, spread so that every layer passes something on.
    mutating func network(_ graph: NetworkGraph) throws -> DoubleNetwork {
        var entries: [ParameterSet.Entry] = []
        for parameter in graph.parameters {
            let fanIn = parameter.shape.dropFirst().reduce(1, *)
            let (center, width): (Float, Float) =
                switch parameter.role {
                case .weight: (0, 2.4 / Float(fanIn).squareRoot())
                case .scale: (1, 0.2)
                case .bias, .shift: (0, 0.2)
                }
            let values = (0..<parameter.elementCount).map { _ in
                quantized(center + (unit() * 2 - 1) * width).float
            }
            entries.append(.init(name: parameter.name, shape: parameter.shape, values: values))
        }
        return DoubleNetwork(graph, try ParameterSet(entries))
    }
}
