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

    /// Writes masters and, where the network is trained, moments; zero ones are made on the device.
    package func write(_ state: NetworkState) async throws(RetrainingError) {
        var zeros: [Command] = []
        for tensors in network.tensors {
            let name = tensors.parameter.name
            try await write(state.parameters, name, to: tensors.master)
            guard let moments = tensors.moments else { continue }
            for (set, tensor) in [
                (state.firstMoments, moments.first), (state.secondMoments, moments.second),
            ] {
                if let set {
                    try await write(set, name, to: tensor)
                } else {
                    var fill = Command(.fill, stage: .update)
                    fill.operands[.destination] = tensor
                    zeros.append(fill)
                }
            }
        }
        do {
            try await accelerator.submit(zeros)
        } catch {
            throw .device(error)
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
        var values: [Float] = []
        values.reserveCapacity(TensorAccess.plainCount(of: tensor))
        try await forEachPiece(of: tensor) { values += $0 }
        return values
    }

    /// Feeds the masters' canonical byte stream (``CanonicalParameters``) to a sink; no parameter is
    /// ever whole in host memory.
    func forEachCanonicalPiece(
        _ sink: ([UInt8]) -> Void
    ) async throws(RetrainingError) {
        sink(CanonicalParameters.head(parameterCount: network.tensors.count))
        let ordered = network.tensors.sorted {
            CanonicalParameters.areInOrder($0.parameter.name, $1.parameter.name)
        }
        for tensors in ordered {
            let parameter = tensors.parameter
            sink(CanonicalParameters.prefix(name: parameter.name, shape: parameter.shape))
            try await forEachPiece(of: tensors.master) {
                sink(CanonicalParameters.bytes(of: $0[...]))
            }
        }
    }

    /// Reads a tensor's values in PyTorch's order, 16 outputs of a weight at a time.
    private func forEachPiece(
        of tensor: Tensor,
        _ body: ([Float]) -> Void
    ) async throws(RetrainingError) {
        let step = tensor.layout == .masterWeights ? 16 : tensor.batch
        for first in stride(from: 0, to: tensor.batch, by: step) {
            var piece = tensor
            piece.batch = min(step, tensor.batch - first)
            piece.address += UInt64(first / step) * tensor.imageByteCount
            do {
                let bytes = try await accelerator.read(
                    UInt8.self,
                    from: piece.address,
                    count: Int(piece.byteCount)
                )
                body(bytes.withUnsafeBytes { TensorAccess.unpack(piece, from: $0) })
            } catch {
                throw .device(error)
            }
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
