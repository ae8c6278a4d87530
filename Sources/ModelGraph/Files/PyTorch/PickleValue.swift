/// What a pickle's instructions make: small values, and places in the machine's pools.
///
/// A value never holds another one, so that copying it copies 16 bytes and letting it go recurses
/// nowhere, however the pickle nests.
enum PickleValue: Hashable {
    /// `None`.
    case none
    /// `True` or `False`.
    case boolean(Bool)
    /// An integer of at most 64 bits.
    case integer(Int)
    /// A double.
    case number(Double)
    /// A text: its place in the pickle.
    case string(PickleSpan)
    /// A tuple: its place in the pool of elements.
    case tuple(PickleSpan)
    /// A list, of which only the count is kept: the index of it.
    case list(Int32)
    /// A dictionary: the index of its entries.
    case dictionary(Int32)
    /// A name from a module that a state dict may ask for.
    case global(PickleGlobal)
    /// The bytes of tensors: the index of a storage.
    case storage(Int32)
    /// The index of a tensor.
    case tensor(Int32)
    /// Something harmless that no tensor depends on: a device, bytes, an integer beyond 64 bits.
    case opaque

    /// What the value is, for messages.
    var kind: String {
        switch self {
        case .none: "None"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a text"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .global: "a name"
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .opaque: "a value"
        }
    }
}

/// A run of bytes of the pickle, or of elements of a pool.
struct PickleSpan: Hashable {
    let start: Int32
    let count: Int32

    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

/// A storage that the pickle refers to: the tensors' bytes are in an entry of the archive.
struct PickleStorage: Hashable {
    /// The type of its elements; nil for untyped bytes.
    let elementType: SafetensorsElementType?
    /// The name of the entry: its place in the pickle.
    let key: PickleSpan
    /// The number of elements, or of bytes.
    let count: Int
}

/// A tensor as the pickle describes it, a view of a storage; nothing is checked yet.
struct PickleTensor: Hashable {
    let storage: PickleStorage
    let elementType: SafetensorsElementType
    /// The element of the storage that comes first.
    let offset: Int
    /// The extents: a tuple's place in the pool of elements.
    let shape: PickleSpan
    /// Elements from one to the next in each direction: likewise.
    let strides: PickleSpan
}
