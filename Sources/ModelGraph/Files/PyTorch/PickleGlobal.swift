/// The names from Python modules that a state dict needs; nothing else is let in.
enum PickleGlobal: Hashable {
    /// `collections.OrderedDict`.
    case orderedDictionary
    /// `torch._utils._rebuild_tensor_v2`.
    case rebuildTensor
    /// `torch._utils._rebuild_tensor_v3`, for types without a storage of their own.
    case rebuildTypedTensor
    /// `torch._utils._rebuild_parameter`.
    case rebuildParameter
    /// `torch.Size`.
    case size
    /// `torch.device`.
    case device
    /// `torch.FloatStorage` and its like; nil for `torch.storage.UntypedStorage`.
    case storage(SafetensorsElementType?)
    /// `torch.float32` and its like.
    case elementType(SafetensorsElementType)

    /// The name of a module, if a state dict needs it.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTypedTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch", "Size"): self = .size
        case ("torch", "device"): self = .device
        case ("torch.storage", "UntypedStorage"): self = .storage(nil)
        case ("torch", _):
            let types = SafetensorsElementType.allCases
            if let type = types.first(where: { $0.torchStorage == name }) {
                self = .storage(type)
            } else if let type = types.first(where: { $0.torchName == name }) {
                self = .elementType(type)
            } else {
                return nil
            }
        default: return nil
        }
    }
}

extension SafetensorsElementType {
    /// The class of PyTorch's storages of this type; nil for types that came without one.
    var torchStorage: String? {
        switch self {
        case .boolean: "BoolStorage"
        case .unsigned8: "ByteStorage"
        case .signed8: "CharStorage"
        case .signed16: "ShortStorage"
        case .signed32: "IntStorage"
        case .signed64: "LongStorage"
        case .float16: "HalfStorage"
        case .bfloat16: "BFloat16Storage"
        case .float32: "FloatStorage"
        case .float64: "DoubleStorage"
        case .unsigned16, .unsigned32, .unsigned64: nil
        }
    }

    /// PyTorch's name of the type.
    var torchName: String {
        switch self {
        case .boolean: "bool"
        case .unsigned8: "uint8"
        case .signed8: "int8"
        case .unsigned16: "uint16"
        case .signed16: "int16"
        case .unsigned32: "uint32"
        case .signed32: "int32"
        case .unsigned64: "uint64"
        case .signed64: "int64"
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        case .float32: "float32"
        case .float64: "float64"
        }
    }
}
