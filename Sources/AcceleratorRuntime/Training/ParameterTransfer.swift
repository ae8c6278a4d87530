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
        try await write(state.parameters)
        for tensors in network.tensors {
            guard let moments = tensors.moments else { continue }
            let name = tensors.parameter.name
            if let first = state.firstMoments, let second = state.secondMoments {
                try await write(try values(name, of: first), to: moments.first)
                try await write(try values(name, of: second), to: moments.second)
            } else {
                try await clear([moments.first, moments.second])
            }
        }
    }

    /// Writes masters alone.
    package func write(_ parameters: ParameterSet) async throws(RetrainingError) {
        for tensors in network.tensors {
            try await write(try values(tensors.parameter.name, of: parameters), to: tensors.master)
        }
    }

    /// Writes fresh parameters, piece by piece, and zero moments.
    package func writeInitial(seed: UInt64, stream: String) async throws(RetrainingError) {
        for tensors in network.tensors {
            var values = InitialValues(
                of: tensors.parameter,
                in: network.graph,
                seed: seed,
                stream: stream
            )
            for piece in Self.pieces(of: tensors.master) {
                let count = TensorAccess.plainCount(of: piece.tensor)
                try await accelerator.write(values.next(count), to: piece.tensor)
            }
            if let moments = tensors.moments { try await clear([moments.first, moments.second]) }
        }
    }

    private func clear(_ tensors: [Tensor]) async throws(RetrainingError) {
        let commands = tensors.map { tensor in
            var fill = Command(.fill, stage: .update)
            fill.operands[.destination] = tensor
            return fill
        }
        try await accelerator.run(commands)
    }

    private func values(
        _ name: String,
        of set: ParameterSet
    ) throws(RetrainingError) -> [Float] {
        guard let values = set[name] else {
            throw .internalFault("failed to write parameter \(name): the set does not have it")
        }
        return values
    }

    /// Writes a parameter's values, 16 outputs of a weight at a time.
    private func write(_ values: [Float], to tensor: Tensor) async throws(RetrainingError) {
        let count = TensorAccess.plainCount(of: tensor) / max(1, tensor.batch)
        for piece in Self.pieces(of: tensor) {
            let range = piece.outputs.lowerBound * count..<piece.outputs.upperBound * count
            try await accelerator.write(Array(values[range]), to: piece.tensor)
        }
    }

    /// A tensor in parts that a host can hold: 16 outputs of weights, everything else whole.
    private static func pieces(of tensor: Tensor) -> [(tensor: Tensor, outputs: Range<Int>)] {
        let step = tensor.layout == .masterWeights ? 16 : tensor.batch
        return stride(from: 0, to: tensor.batch, by: step).map { first in
            var piece = tensor
            piece.batch = min(step, tensor.batch - first)
            piece.address += UInt64(first / step) * tensor.imageByteCount
            return (piece, first..<first + piece.batch)
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

    /// Feeds the masters' canonical byte stream (``CanonicalParameters``) to a sink; no parameter
    /// is ever whole in host memory.
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
        for (piece, _) in Self.pieces(of: tensor) {
            body(try await accelerator.values(of: piece))
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
