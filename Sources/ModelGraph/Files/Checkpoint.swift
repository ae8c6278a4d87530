/// The tensors of a file of trained weights, in the file's order and with its own types.
///
/// Both kinds of files give this value. Tensors share the bytes of the file, which are kept once.
package struct Checkpoint: Sendable {
    /// A kind of file.
    package enum Format: String, Hashable, Sendable, CaseIterable {
        /// Safetensors.
        case safetensors
        /// A zip file of PyTorch 1.6 or later.
        case pytorch

        /// The format that a file of this name has by its extension, if it is a known one.
        package init?(fileName: String) {
            let name = fileName.lowercased()
            if name.hasSuffix(".safetensors") {
                self = .safetensors
            } else if [".pth", ".pt", ".ckpt"].contains(where: name.hasSuffix) {
                self = .pytorch
            } else {
                return nil
            }
        }
    }

    /// Something in the file that is no tensor of a state dict.
    package struct Ignored: Hashable, Sendable, CustomStringConvertible {
        /// Where it is.
        package let name: String
        /// What it is: `an integer`, `the state of an optimizer`.
        package let kind: String

        /// The name and the kind.
        package var description: String { "\(name) (\(kind))" }
    }

    /// The versions of a state dict's modules, its `_metadata`: `load_state_dict` goes by them.
    package struct ModuleVersions: Hashable, Sendable {
        /// A module's state.
        package struct Module: Hashable, Sendable {
            /// Its path among the modules; empty for the whole.
            package let name: String
            /// What its class said it was; nil where it said nothing.
            package let version: Int32?

            /// A module with its version.
            package init(name: String, version: Int32?) {
                (self.name, self.version) = (name, version)
            }
        }

        /// The keys of the nested dictionaries on the way to the state dict.
        package let path: [String]
        /// The modules, in the file's order.
        package let modules: [Module]

        /// The versions of the state dict at a path.
        package init(path: [String], modules: [Module]) {
            (self.path, self.modules) = (path, modules)
        }
    }

    /// What kind of file it was.
    package let format: Format
    /// The tensors in the file's order; names differ.
    package private(set) var tensors: [CheckpointTensor]
    /// The free-form strings of a safetensors file.
    package var metadata: [String: String]
    /// The versions of each state dict's modules; none in a safetensors file.
    package let versions: [ModuleVersions]
    /// What was in the file besides.
    package let ignored: [Ignored]
    /// The indices of `tensors` by name.
    private var indices: [String: Int]

    /// What a checkpoint may hold.
    package enum Limits {
        /// Tensors of one file.
        package static let tensorCount = 1 << 16
        /// Bytes of a tensor's name.
        package static let nameByteCount = 1024
        /// Extents of a tensor.
        package static let rank = 16
    }

    /// Checks that names differ and can be printed, and counts are within the limits.
    ///
    /// - Throws: `CheckpointError` naming the tensor.
    package init(
        format: Format,
        tensors: [CheckpointTensor],
        metadata: [String: String] = [:],
        versions: [ModuleVersions] = [],
        ignored: [Ignored] = []
    ) throws(CheckpointError) {
        guard tensors.count <= Limits.tensorCount else {
            throw CheckpointError(
                .tensor,
                "it has \(tensors.count) tensors; at most \(Limits.tensorCount) are read"
            )
        }
        var indices: [String: Int] = [:]
        for (index, tensor) in tensors.enumerated() {
            try Self.check(name: tensor.name)
            guard tensor.shape.count <= Limits.rank else {
                throw tensor.failure("it has \(tensor.shape.count) extents")
            }
            guard indices.updateValue(index, forKey: tensor.name) == nil else {
                throw CheckpointError(
                    .name,
                    at: "tensor \(quoted(tensor.name))",
                    "the name is used twice"
                )
            }
        }
        self.format = format
        self.tensors = tensors
        self.metadata = metadata
        self.versions = versions
        self.ignored = ignored
        self.indices = indices
    }

    /// Reads a file; what it is, is told by its first bytes.
    ///
    /// - Throws: `CheckpointError` with the reason.
    package init(
        decoding bytes: [UInt8],
        verifying checksums: Bool = true
    ) throws(CheckpointError) {
        // The first bytes of torch.save's pickle of a magic number, and of a zip's local header.
        if bytes.starts(with: [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46]) {
            throw CheckpointError(
                .format,
                "it is in PyTorch's format from before 1.6; write it anew in PyTorch with "
                    + "torch.save(torch.load(file), file)"
            )
        }
        if bytes.starts(with: Array("PK".utf8)) {
            try self.init(decodingPyTorch: bytes, verifying: checksums)
        } else if bytes.first == 0x80, bytes.dropFirst(8).first != UInt8(ascii: "{") {
            // A safetensors header may begin with that byte too: the lowest of its length.
            throw CheckpointError(
                .format,
                "it is a bare pickle; save the state dict with torch.save of PyTorch 1.6 or later"
            )
        } else {
            try self.init(decodingSafetensors: bytes)
        }
    }

    /// The tensor of that name, if there is one.
    package subscript(name: String) -> CheckpointTensor? {
        indices[name].map { tensors[$0] }
    }

    /// The shapes by name, for recognising what a file holds.
    package var shapes: [String: [Int]] {
        indices.mapValues { tensors[$0].shape }
    }

    /// Bytes of all tensors together.
    package var tensorByteCount: Int { tensors.reduce(0) { $0 + $1.byteCount } }

    /// Replaces the numbers of a tensor; see ``CheckpointTensor/replacing(with:)``.
    ///
    /// - Throws: `CheckpointError` for an unknown name, a wrong count, or a number that the
    ///   tensor's type does not hold.
    package mutating func replaceValues(
        of name: String,
        with values: [Float]
    ) throws(CheckpointError) {
        guard let index = indices[name] else {
            throw CheckpointError(.name, at: "tensor \(quoted(name))", "there is no such tensor")
        }
        tensors[index] = try tensors[index].replacing(with: values)
    }

    /// The same tensors under other names, as many, which have to differ.
    package func renamed(_ names: [String]) -> Checkpoint {
        var checkpoint = self
        checkpoint.tensors = zip(tensors, names).map { $0.named($1) }
        checkpoint.indices = Dictionary(
            names.enumerated().map { ($0.element, $0.offset) },
            uniquingKeysWith: { first, _ in first }
        )
        return checkpoint
    }

    private static func check(name: String) throws(CheckpointError) {
        guard !name.isEmpty, name.utf8.count <= Limits.nameByteCount,
            !name.unicodeScalars.contains(where: isControl)
        else {
            throw CheckpointError(
                .name,
                at: "tensor \(quoted(name))",
                "its name is empty, has control characters, or more than "
                    + "\(Limits.nameByteCount) bytes"
            )
        }
    }
}
