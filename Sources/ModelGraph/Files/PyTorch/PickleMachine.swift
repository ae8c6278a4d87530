/// Runs the instructions of a pickle as `torch.save` writes it, and executes nothing.
///
/// The machine knows the values of a state dict (``PickleValue``) and the few names it needs
/// (``PickleGlobal``); whatever else a pickle asks for is refused by name. Each instruction takes
/// at least a byte and makes at most one value, values are of constant size and texts stay where
/// they are, so memory is bounded by a multiple of the pickle's bytes.
struct PickleMachine {
    let bytes: [UInt8]
    let end: Int
    private let start: Int
    var position: Int

    /// Bytes of the pickle.
    var byteCount: Int { end - start }

    /// What instructions work on, and its height at each mark.
    var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [PickleValue] = []

    /// The elements of all tuples.
    private(set) var elements: [PickleValue] = []
    /// The entries of each dictionary, in order.
    private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    /// The length of each list.
    private(set) var listCounts: [Int] = []
    var storages: [PickleStorage] = []
    var tensors: [PickleTensor] = []
    /// The dictionary in the attribute `_metadata` of a dictionary, both by their indices.
    var metadata: [Int32: Int32] = [:]

    /// What a pickle may hold.
    enum Limits {
        /// Bytes of a pickle: a state dict of a thousand tensors takes 200 000.
        static let byteCount = 8 << 20
        /// Values on the stack; picklers write dictionaries a thousand entries at a time.
        static let stackCount = 1 << 16
        /// Marks on the stack.
        static let markCount = 256
    }

    /// A machine for the pickle in a range of a file.
    ///
    /// - Throws: `CheckpointError` for a pickle beyond the limit.
    init(_ bytes: [UInt8], in range: Range<Int>) throws(CheckpointError) {
        guard range.count <= Limits.byteCount else {
            throw CheckpointError(
                .pickle,
                at: "pickle",
                "it has \(range.count) bytes; a state dict's has at most \(Limits.byteCount)"
            )
        }
        self.bytes = bytes
        (start, position, end) = (range.lowerBound, range.lowerBound, range.upperBound)
    }

    /// Runs to the end and returns the value that was made.
    ///
    /// - Throws: `CheckpointError` of kind `.pickle`, or `.code` naming what was asked for.
    mutating func run() throws(CheckpointError) -> PickleValue {
        while true {
            let opcode = try byte()
            if opcode == UInt8(ascii: ".") { break }
            try execute(opcode)
            guard stack.count <= Limits.stackCount, marks.count <= Limits.markCount else {
                throw failure("its values pile up deeper than a state dict's")
            }
        }
        guard position == end else { throw failure("there are bytes after its end") }
        let value = try pop()
        guard stack.isEmpty, marks.isEmpty else { throw failure("values are left over") }
        return value
    }

    private mutating func execute(_ opcode: UInt8) throws(CheckpointError) {
        switch opcode {
        case 0x80: try readProtocol()
        case 0x95: _ = try bytes(count: 8)
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "c"), UInt8(ascii: "i"):
            let module = try line()
            try pushGlobal(module: module, name: try line())
            if opcode == UInt8(ascii: "i") { throw failure("it makes an object of a class") }
        case 0x93: try pushStackGlobal()
        case UInt8(ascii: "R"): try reduce()
        case UInt8(ascii: "Q"): try pushStorage()
        case UInt8(ascii: "b"): try build()
        case 0x94: memo.append(try top())
        case UInt8(ascii: "q"): try remember(at: Int(try byte()))
        case UInt8(ascii: "r"): try remember(at: try integer(byteCount: 4))
        case UInt8(ascii: "h"): try recall(Int(try byte()))
        case UInt8(ascii: "j"): try recall(try integer(byteCount: 4))
        default:
            if try executeScalar(opcode) { return }
            if try executeContainer(opcode) { return }
            throw failure("instruction \(opcode) is none of a state dict's")
        }
    }

    private mutating func executeContainer(_ opcode: UInt8) throws(CheckpointError) -> Bool {
        switch opcode {
        case UInt8(ascii: ")"): pushTuple([])
        case 0x85, 0x86, 0x87: try pushTuple(of: Int(opcode) - 0x84)
        case UInt8(ascii: "t"): pushTuple(try popToMark())
        case UInt8(ascii: "]"):
            stack.append(.list(Int32(listCounts.count)))
            listCounts.append(0)
        case UInt8(ascii: "a"):
            _ = try pop()
            try extendList(by: 1)
        case UInt8(ascii: "e"): try extendList(by: try popToMark().count)
        case UInt8(ascii: "l"):
            let count = try popToMark().count
            stack.append(.list(Int32(listCounts.count)))
            listCounts.append(count)
        case UInt8(ascii: "}"): pushDictionary()
        case UInt8(ascii: "s"):
            let value = try pop()
            try extendDictionary(with: [try pop(), value])
        case UInt8(ascii: "u"): try extendDictionary(with: try popToMark())
        default: return false
        }
        return true
    }

    // MARK: Dictionaries

    /// The value of a key among the first few entries of a dictionary.
    func value(of key: String, in dictionary: Int32) -> PickleValue? {
        dictionaries[Int(dictionary)].prefix(Self.searchedEntryCount).first { entry in
            guard case .string(let span) = entry.key, Int(span.count) == key.utf8.count else {
                return false
            }
            return text(span) == key
        }?.value
    }

    /// Small dictionaries are searched, and what is looked for in large ones comes first.
    private static let searchedEntryCount = 8

    // MARK: Stack

    /// An error at the instruction that was read last.
    func failure(_ fact: String, _ kind: CheckpointError.Kind = .pickle) -> CheckpointError {
        CheckpointError(kind, at: "pickle, byte \(position - start)", fact)
    }

    /// Takes the value on top, which no mark protects.
    mutating func pop() throws(CheckpointError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
            throw failure("a value is missing")
        }
        return value
    }

    func top() throws(CheckpointError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.last else {
            throw failure("a value is missing")
        }
        return value
    }

    private mutating func popToMark() throws(CheckpointError) -> ArraySlice<PickleValue> {
        guard let mark = marks.popLast(), mark <= stack.count else {
            throw failure("a mark is missing")
        }
        // Copied: a slice would make the stack copy itself when it shrinks.
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values[...]
    }

    private mutating func remember(at index: Int) throws(CheckpointError) {
        let value = try top()
        // Every pickler counts upwards.
        guard index <= memo.count else { throw failure("memo \(index) comes out of order") }
        if index == memo.count {
            memo.append(value)
        } else {
            memo[index] = value
        }
    }

    private mutating func recall(_ index: Int) throws(CheckpointError) {
        guard memo.indices.contains(index) else { throw failure("there is no memo \(index)") }
        stack.append(memo[index])
    }

    // MARK: Containers

    private mutating func pushTuple(_ values: ArraySlice<PickleValue>) {
        let span = PickleSpan(start: Int32(elements.count), count: Int32(values.count))
        elements.append(contentsOf: values)
        stack.append(.tuple(span))
    }

    private mutating func pushTuple(of count: Int) throws(CheckpointError) {
        var values: [PickleValue] = []
        for _ in 0..<count { values.append(try pop()) }
        pushTuple(Array(values.reversed())[...])
    }

    mutating func pushDictionary() {
        stack.append(.dictionary(Int32(dictionaries.count)))
        dictionaries.append([])
    }

    private mutating func extendDictionary(
        with values: ArraySlice<PickleValue>
    ) throws(CheckpointError) {
        guard case .dictionary(let index) = try top(), values.count % 2 == 0 else {
            throw failure("it sets items of what is no dictionary")
        }
        for key in stride(from: values.startIndex, to: values.endIndex, by: 2) {
            dictionaries[Int(index)].append((values[key], values[key + 1]))
        }
    }

    private mutating func extendList(by count: Int) throws(CheckpointError) {
        guard case .list(let index) = try top() else {
            throw failure("it appends to what is no list")
        }
        listCounts[Int(index)] += count
    }
}
