extension Checkpoint {
    /// Reads a safetensors file.
    ///
    /// - Throws: `CheckpointError` of kind `.safetensors`, or naming a tensor.
    init(decodingSafetensors bytes: [UInt8]) throws(CheckpointError) {
        let header: SafetensorsHeader
        do {
            header = try SafetensorsReader(bytes: bytes).header
        } catch {
            throw CheckpointError(error)
        }
        var tensors: [CheckpointTensor] = []
        for tensor in header.tensors {
            tensors.append(
                try CheckpointTensor(
                    path: [tensor.name],
                    elementType: tensor.elementType,
                    shape: tensor.shape,
                    bytes: bytes,
                    byteOffset: tensor.byteRange.lowerBound,
                    limit: tensor.byteRange
                )
            )
        }
        try self.init(format: .safetensors, tensors: tensors, metadata: header.metadata)
    }

    /// The file in a format: every tensor with its own type, in the same order.
    ///
    /// A PyTorch file has the nested dictionaries of the paths, a safetensors file the paths joined
    /// with dots.
    ///
    /// - Throws: `CheckpointError` for what the format cannot express.
    package func encoded(as format: Format) throws(CheckpointError) -> [UInt8] {
        switch format {
        case .safetensors: try encodedSafetensors()
        case .pytorch: try encodedPyTorch()
        }
    }

    private func encodedSafetensors() throws(CheckpointError) -> [UInt8] {
        var members: [String: StrictJSON] = [:]
        // What Python's loaders look for.
        let metadata = metadata.isEmpty ? ["format": "pt"] : metadata
        members[SafetensorsHeader.metadataKey] = .object(metadata.mapValues { .string($0) })
        var offset = 0
        for tensor in tensors {
            let end = offset + tensor.byteCount
            let entry: StrictJSON = [
                "dtype": .string(tensor.elementType.rawValue),
                "shape": .array(tensor.shape.map { .integer($0) }),
                "data_offsets": [.integer(offset), .integer(end)],
            ]
            let name = tensor.path.joined(separator: ".")
            guard members.updateValue(entry, forKey: name) == nil else {
                throw tensor.failure("the name is used twice, or reserved for metadata", .name)
            }
            offset = end
        }
        var file: [UInt8]
        do {
            file = try SafetensorsWriter.head(of: .object(members))
        } catch {
            throw CheckpointError(error)
        }
        file.reserveCapacity(file.count + offset)
        for tensor in tensors {
            tensor.forEachPiece { file.append(contentsOf: $0) }
        }
        return file
    }
}
