extension PickleMachine {
    /// Takes a name of a module that a state dict may ask for.
    mutating func pushGlobal(module: String, name: String) throws(CheckpointError) {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw failure(
                "it asks for \(quoted(module + "." + name)); a state dict needs no code: save only "
                    + "model.state_dict() in PyTorch, and mistrust files of strangers that ask "
                    + "for more",
                .code
            )
        }
        stack.append(.global(global))
    }

    mutating func pushStackGlobal() throws(CheckpointError) {
        let name = try pop()
        guard case .string(let module) = try pop(), case .string(let name) = name else {
            throw failure("it asks for a name that is no text")
        }
        try pushGlobal(module: text(module), name: text(name))
    }

    /// "Calls" one of the names: makes what a state dict makes with them, and nothing else.
    mutating func reduce() throws(CheckpointError) {
        guard case .tuple(let span) = try pop(), case .global(let function) = try pop() else {
            throw failure("it calls what is no function")
        }
        let arguments = elements[span.range]
        let first = arguments.first
        switch function {
        case .orderedDictionary:
            guard arguments.isEmpty else { throw failure("it copies a dictionary") }
            pushDictionary()
        case .rebuildTensor: try pushTensor(arguments, isTyped: false)
        case .rebuildTypedTensor: try pushTensor(arguments, isTyped: true)
        case .rebuildParameter:
            guard case .tensor(let index) = first else {
                throw failure("it makes a parameter of what is no tensor")
            }
            stack.append(.tensor(index))
        case .size:
            guard case .tuple(let extents) = first, arguments.count == 1 else {
                throw failure("it makes a size of what is no tuple")
            }
            stack.append(.tuple(extents))
        case .device: stack.append(.opaque)
        case .storage, .elementType: throw failure("it calls a type")
        }
    }

    /// `('storage', torch.FloatStorage, '0', 'cpu', 6)`: a reference to an entry of the archive.
    mutating func pushStorage() throws(CheckpointError) {
        guard case .tuple(let span) = try pop(), span.count == 5 else {
            throw failure("a reference to bytes outside of the pickle is malformed")
        }
        let parts = Array(elements[span.range])
        guard case .string(let kind) = parts[0], text(kind) == "storage",
            case .global(.storage(let type)) = parts[1], case .string(let key) = parts[2],
            case .integer(let count) = parts[4], count >= 0
        else { throw failure("a reference to bytes outside of the pickle is malformed") }
        stack.append(.storage(Int32(storages.count)))
        storages.append(PickleStorage(elementType: type, key: key, count: count))
    }

    /// `(storage, offset, size, stride, requires_grad, hooks[, dtype][, metadata])`.
    private mutating func pushTensor(
        _ arguments: ArraySlice<PickleValue>,
        isTyped: Bool
    ) throws(CheckpointError) {
        let parts = Array(arguments)
        guard parts.count >= (isTyped ? 7 : 6), case .storage(let index) = parts[0],
            case .integer(let offset) = parts[1], case .tuple(let shape) = parts[2],
            case .tuple(let strides) = parts[3]
        else { throw failure("a tensor is malformed") }
        let storage = storages[Int(index)]
        var type = storage.elementType
        if isTyped {
            guard case .global(.elementType(let named)) = parts[6] else {
                throw failure("a tensor is of an unknown type")
            }
            type = named
        }
        guard let type, type == storage.elementType ?? type else {
            throw failure("a tensor's type is not that of its storage")
        }
        stack.append(.tensor(Int32(tensors.count)))
        tensors.append(
            PickleTensor(
                storage: storage,
                elementType: type,
                offset: offset,
                shape: shape,
                strides: strides
            )
        )
    }

    /// Sets attributes, of which that with the versions of a state dict's modules is kept.
    mutating func build() throws(CheckpointError) {
        let state = try pop()
        guard case .dictionary(let target) = try top(), case .dictionary(let attributes) = state
        else {
            throw failure("it sets attributes of what is no state dict")
        }
        guard case .dictionary(let versions) = value(of: "_metadata", in: attributes) else {
            return
        }
        metadata[target] = versions
    }
}
