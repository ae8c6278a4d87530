package import AcceleratorDriver
import AcceleratorISA
import DatapathNumerics
package import ModelGraph
package import RetrainingCompiler

/// Moves parameters between the host's order and device DRAM.
package struct ParameterTransfer: Sendable {
    let accelerator: Accelerator
    let network: NetworkParameters

    /// Transfers for a network whose parameters are placed on a device.
    package init(_ accelerator: Accelerator, _ network: NetworkParameters) {
        self.accelerator = accelerator
        self.network = network
    }

    /// Writes masters and, where the network is trained, moments.
    package func write(_ state: NetworkState) async throws(RetrainingError) {
        for tensors in network.tensors {
            let name = tensors.parameter.name
            try await write(state.parameters, name, to: tensors.master)
            guard let moments = tensors.moments else { continue }
            try await write(state.firstMoments, name, to: moments.first)
            try await write(state.secondMoments, name, to: moments.second)
        }
    }

    /// Writes masters alone.
    package func write(_ parameters: ParameterSet) async throws(RetrainingError) {
        for tensors in network.tensors {
            try await write(parameters, tensors.parameter.name, to: tensors.master)
        }
    }

    /// Reads masters.
    package func readParameters() async throws(RetrainingError) -> ParameterSet {
        try await readSet { $0.master }
    }

    /// Reads masters and moments.
    package func readState() async throws(RetrainingError) -> NetworkState {
        NetworkState(
            parameters: try await readSet { $0.master },
            firstMoments: try await readSet { $0.moments?.first ?? $0.master },
            secondMoments: try await readSet { $0.moments?.second ?? $0.master }
        )
    }

    /// Reads a tensor of a parameter's shape into PyTorch's order.
    func read(_ tensor: Tensor) async throws(RetrainingError) -> [Float] {
        do {
            let bytes = try await accelerator.read(
                UInt8.self,
                from: tensor.address,
                count: Int(tensor.byteCount)
            )
            return bytes.withUnsafeBytes { TensorAccess.unpack(tensor, from: $0) }
        } catch {
            throw .device(error)
        }
    }

    private func write(
        _ set: ParameterSet,
        _ name: String,
        to tensor: Tensor
    ) async throws(RetrainingError) {
        guard let values = set[name] else {
            throw .internalFault("failed to write parameter \(name): the set does not have it")
        }
        do {
            let bytes = TensorAccess.packed(values, as: tensor)
            try await accelerator.write(bytes, to: tensor.address)
        } catch {
            throw .device(error)
        }
    }

    private func readSet(
        _ place: (ParameterTensors) -> Tensor
    ) async throws(RetrainingError) -> ParameterSet {
        var entries: [ParameterSet.Entry] = []
        for tensors in network.tensors {
            let parameter = tensors.parameter
            let values = try await read(place(tensors))
            entries.append(.init(name: parameter.name, shape: parameter.shape, values: values))
        }
        do {
            return try ParameterSet(entries)
        } catch {
            throw .diverged("\(error)")
        }
    }
}
