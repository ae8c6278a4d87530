/// Collects the tensors of nested dictionaries, in order, the versions of their modules, and says
/// what else there was.
struct TorchStateDictionary {
    private(set) var tensors: [CheckpointTensor] = []
    private(set) var versions: [Checkpoint.ModuleVersions] = []
    private(set) var ignored: [Checkpoint.Ignored] = []

    private let machine: PickleMachine
    private let storages: TorchStorages
    private var visitCount = 0
    private var nameByteCount = 0
    private var tensorByteCount = 0
    /// Storages whose checksums were compared.
    private var verified: Set<String> = []

    /// What nested dictionaries may come to.
    private enum Limits {
        static let depth = 16
        /// Bytes of all names, in multiples of the pickle's.
        static let nameFactor = 4
        /// Bytes of all tensors, in multiples of the file's; tensors may share their bytes.
        static let tensorFactor = 4
    }

    /// A collector of what a machine made.
    init(_ machine: PickleMachine, _ storages: TorchStorages) {
        self.machine = machine
        self.storages = storages
    }

    /// Visits the pickle's value, which has to be a dictionary.
    mutating func collect(_ value: PickleValue) throws(CheckpointError) {
        guard case .dictionary(let index) = value else {
            throw CheckpointError(
                .format,
                "it holds \(value.kind), not a state dict; save model.state_dict() in PyTorch"
            )
        }
        try visit(index, path: [])
    }

    private mutating func visit(_ index: Int32, path: [String]) throws(CheckpointError) {
        guard path.count < Limits.depth else {
            throw CheckpointError(.pickle, "dictionaries lie deeper in each other than a model's")
        }
        var keys: Set<String> = []
        for (key, value) in machine.dictionaries[Int(index)] {
            guard case .string(let span) = key else {
                try ignore(path + ["…"], "an entry whose key is \(key.kind)")
                continue
            }
            let name = try name(span)
            guard keys.insert(name).inserted else {
                throw CheckpointError(.name, at: "key \(quoted(name))", "it is there twice")
            }
            try visit(value, path: path + [name])
        }
        if let metadata = machine.metadata[index] { try addVersions(metadata, path) }
    }

    private func name(_ span: PickleSpan) throws(CheckpointError) -> String {
        guard Int(span.count) <= Checkpoint.Limits.nameByteCount else {
            throw CheckpointError(.name, "a name of \(span.count) bytes is no tensor's")
        }
        return machine.text(span)
    }

    /// Takes the versions out of `{"main.0": {"version": 1}}`; what is otherwise is left aside.
    private mutating func addVersions(
        _ metadata: Int32,
        _ path: [String]
    ) throws(CheckpointError) {
        var modules: [Checkpoint.ModuleVersions.Module] = []
        for (key, value) in machine.dictionaries[Int(metadata)] {
            guard case .string(let span) = key, case .dictionary(let facts) = value else {
                continue
            }
            let name = try name(span)
            try count([name])
            var version: Int32?
            if case .integer(let number) = machine.value(of: "version", in: facts) {
                version = Int32(exactly: number)
            }
            modules.append(.init(name: name, version: version))
        }
        versions.append(.init(path: path, modules: modules))
    }

    private mutating func visit(
        _ value: PickleValue,
        path: [String]
    ) throws(CheckpointError) {
        try count(path)
        switch value {
        case .tensor(let index): try add(machine.tensors[Int(index)], path)
        case .dictionary(let index) where isOptimizer(index):
            try ignore(path, "the state of an optimizer")
        case .dictionary(let index): try visit(index, path: path)
        case .list(let index):
            try ignore(path, "a list of \(machine.listCounts[Int(index)]) values")
        default: try ignore(path, value.kind)
        }
    }

    /// A dictionary may be referred to from many places, so visits are counted, not dictionaries.
    private mutating func count(_ path: [String]) throws(CheckpointError) {
        let pickleByteCount = machine.byteCount
        visitCount += 1
        nameByteCount += path.reduce(0) { $0 + $1.utf8.count + 1 }
        guard visitCount <= pickleByteCount,
            nameByteCount <= Limits.nameFactor * (pickleByteCount + 1024)
        else {
            throw CheckpointError(
                .pickle,
                "its dictionaries refer to each other over and over; no model does that"
            )
        }
    }

    private mutating func ignore(_ path: [String], _ kind: String) throws(CheckpointError) {
        let name = path.joined(separator: ".")
        guard !name.unicodeScalars.contains(where: isControl) else {
            throw CheckpointError(
                .name,
                at: "key \(quoted(name))",
                "its name has control characters"
            )
        }
        ignored.append(Checkpoint.Ignored(name: name, kind: kind))
    }

    private func isOptimizer(_ index: Int32) -> Bool {
        ["param_groups", "state"].allSatisfy { machine.value(of: $0, in: index) != nil }
    }

    private mutating func add(
        _ tensor: PickleTensor,
        _ path: [String]
    ) throws(CheckpointError) {
        let name = path.joined(separator: ".")
        func failure(_ fact: String) -> CheckpointError {
            CheckpointError(.tensor, at: "tensor \(quoted(name))", fact)
        }
        let key = machine.text(tensor.storage.key)
        let entry = try storages.entry(key)
        if verified.insert(key).inserted { try storages.verify(entry) }
        let size = tensor.elementType.byteCount
        let storedSize = tensor.storage.elementType == nil ? 1 : size
        guard product(of: [tensor.storage.count, storedSize]) == entry.byteRange.count else {
            throw failure(
                "its storage is said to have \(tensor.storage.count) elements, but has "
                    + "\(entry.byteRange.count) bytes"
            )
        }
        guard tensor.shape.count <= Checkpoint.Limits.rank,
            tensor.shape.count == tensor.strides.count,
            let shape = integers(tensor.shape), let strides = integers(tensor.strides)
        else { throw failure("its shape or its strides are malformed") }
        guard tensor.offset >= 0, tensor.offset <= entry.byteRange.count / size else {
            throw failure("it begins beyond its storage")
        }
        let view = try CheckpointTensor(
            path: path,
            elementType: tensor.elementType,
            shape: shape,
            strides: strides,
            bytes: storages.bytes,
            byteOffset: entry.byteRange.lowerBound + tensor.offset * size,
            limit: entry.byteRange
        )
        tensorByteCount += view.byteCount
        guard tensorByteCount <= Limits.tensorFactor * storages.bytes.count else {
            throw failure("tensors repeat the same bytes over and over; no model does that")
        }
        tensors.append(view)
    }

    private func integers(_ span: PickleSpan) -> [Int]? {
        var integers: [Int] = []
        for value in machine.elements[span.range] {
            guard case .integer(let integer) = value else { return nil }
            integers.append(integer)
        }
        return integers
    }
}
