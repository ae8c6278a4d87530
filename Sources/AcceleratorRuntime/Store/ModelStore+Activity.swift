import DurableStorage
import Glibc
import ModelGraph

extension ModelStore {
    /// Which model is active, and which were before: the latest last.
    struct Activity: Equatable {
        private(set) var active: String?
        private(set) var history: [String] = []

        /// The way back is kept this long.
        private static let historyCount = 100

        mutating func activate(_ id: String) {
            guard active != id else { return }
            if let active { history.append(active) }
            history = Array(history.suffix(Self.historyCount))
            active = id
        }

        /// Goes back by one; nil when there is nothing to go back to.
        mutating func rollBack() -> String? {
            guard let last = history.popLast() else { return nil }
            active = last
            return last
        }

        /// Drops a model that is removed; a step back never leads to the model that is active.
        mutating func forget(_ id: String) {
            if active == id { active = nil }
            var kept: [String] = []
            for other in history where other != id && other != kept.last { kept.append(other) }
            if let last = kept.last, last == active { kept.removeLast() }
            history = kept
        }

        var document: StrictJSON {
            [
                "schema": 1,
                "active": active.map { .string($0) } ?? .null,
                "history": .array(history.map { .string($0) }),
            ]
        }

        init() {}

        init(decoding bytes: [UInt8], document: String) throws(JSONError) {
            let root = try JSONField(parsing: bytes, document: document)
            func hash(_ field: JSONField) throws(JSONError) -> String {
                let text = try field.string()
                guard ModelStore.isHash(text) else { throw field.failure("it is no SHA-256") }
                return text
            }
            let field = try root["active"]
            active = field.value == .null ? nil : try hash(field)
            for element in try root["history"].elements() { history.append(try hash(element)) }
        }
    }

    /// The id of the active model; nil when there is none.
    ///
    /// - Throws: `.badFile` when the file that says so is damaged.
    package func activeID() throws(RetrainingError) -> String? { try activity().active }

    func activity() throws(RetrainingError) -> Activity {
        let file = folder("active.json")
        guard access(file, F_OK) == 0 else { return Activity() }
        do {
            let bytes = try FileBytes.read(file, maximumByteCount: 1 << 20)
            return try Activity(decoding: bytes, document: file)
        } catch {
            throw .badFile("failed to read \(file): \(error); activate a model after removing it")
        }
    }
}
