/// The lines of a table of labels, taken apart into fields but not yet understood.
struct LabelRecords {
    /// One row and the line it begins in, counted from 1.
    struct Record {
        var line: Int
        var fields: [String]
    }

    /// The line of the header.
    private(set) var headerLine = 1
    /// The header's name for the column of files; nil where the form has none.
    private(set) var fileColumn: String?
    /// The other columns of the header.
    private(set) var attributes: [String]
    /// Everything behind the header; lines without a visible character are left out.
    private(set) var rows: [Record]
    /// How many rows the first line announces, where the form has such a line.
    private(set) var announcedRowCount: Int?

    /// Takes the text apart, whichever of the two forms it has.
    init(of text: String, table: String) throws(LabelTableError) {
        // Spreadsheets put a byte order mark before the first name.
        var bytes = Array(text.utf8)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        let start = bytes.drop(while: Self.isBlank)
        let firstLine = start.prefix { $0 != Self.lineFeed && $0 != Self.carriageReturn }
        let first = String(decoding: firstLine, as: UTF8.self)
            .split(whereSeparator: \.isWhitespace)
        if first.count == 1, let count = Int(first[0]) {
            var lines = Self.whitespaceRecords(bytes).dropFirst()
            guard let header = lines.popFirst() else { throw .empty(table: table) }
            announcedRowCount = count
            headerLine = header.line
            attributes = header.fields
            rows = Array(lines)
            return
        }
        var records = try CSVReader(bytes: bytes, table: table).records()[...]
        guard let header = records.popFirst() else { throw .empty(table: table) }
        headerLine = header.line
        fileColumn = header.fields[0]
        attributes = Array(header.fields.dropFirst())
        rows = Array(records)
    }

    fileprivate static let lineFeed = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")

    fileprivate static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private static func whitespaceRecords(_ bytes: ArraySlice<UInt8>) -> [Record] {
        bytes.split(separator: lineFeed, omittingEmptySubsequences: false)
            .enumerated()
            .map { index, line in
                let fields = line.split(whereSeparator: isBlank)
                    .map { String(decoding: $0, as: UTF8.self) }
                return Record(line: index + 1, fields: fields)
            }
            .filter { !$0.fields.isEmpty }
    }
}

/// Reads CSV after RFC 4180: quoted fields may hold separators, line ends and doubled quotes.
///
/// Lines end with LF, CR LF or CR. White space around a field that is not quoted is dropped.
private struct CSVReader {
    private let bytes: ArraySlice<UInt8>
    private let table: String
    private var offset: Int
    private var line = 1

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")

    init(bytes: ArraySlice<UInt8>, table: String) {
        self.bytes = bytes
        self.table = table
        offset = bytes.startIndex
    }

    consuming func records() throws(LabelTableError) -> [LabelRecords.Record] {
        var reader = self
        var records: [LabelRecords.Record] = []
        while reader.offset < reader.bytes.endIndex {
            let record = try reader.record()
            if record.fields != [""] { records.append(record) }
        }
        return records
    }

    private mutating func record() throws(LabelTableError) -> LabelRecords.Record {
        var record = LabelRecords.Record(line: line, fields: [])
        while true {
            record.fields.append(try field(column: record.fields.count + 1))
            guard offset < bytes.endIndex else { return record }
            let end = bytes[offset]
            offset += 1
            if end == Self.comma { continue }
            let isPair = end == LabelRecords.carriageReturn && offset < bytes.endIndex
            if isPair && bytes[offset] == LabelRecords.lineFeed { offset += 1 }
            line += 1
            return record
        }
    }

    /// Reads up to, and not including, the comma or line end behind the field.
    private mutating func field(column: Int) throws(LabelTableError) -> String {
        let startLine = line
        skipSpaces()
        guard offset < bytes.endIndex, bytes[offset] == Self.quote else {
            let start = offset
            while offset < bytes.endIndex, !isFieldEnd(bytes[offset]) {
                guard bytes[offset] != Self.quote else {
                    throw .misplacedQuote(table: table, line: line, column: column)
                }
                offset += 1
            }
            var field = bytes[start..<offset]
            while let last = field.last, LabelRecords.isBlank(last) { field.removeLast() }
            return String(decoding: field, as: UTF8.self)
        }
        var field: [UInt8] = []
        offset += 1
        while offset < bytes.endIndex {
            let byte = bytes[offset]
            offset += 1
            if byte == Self.quote {
                guard offset < bytes.endIndex, bytes[offset] == Self.quote else {
                    skipSpaces()
                    guard offset == bytes.endIndex || isFieldEnd(bytes[offset]) else { break }
                    return String(decoding: field, as: UTF8.self)
                }
                offset += 1
            } else if byte == LabelRecords.lineFeed {
                line += 1
            }
            field.append(byte)
        }
        throw .misplacedQuote(table: table, line: startLine, column: column)
    }

    private mutating func skipSpaces() {
        while offset < bytes.endIndex, bytes[offset] == 0x20 || bytes[offset] == 0x09 {
            offset += 1
        }
    }

    private func isFieldEnd(_ byte: UInt8) -> Bool {
        byte == Self.comma || byte == LabelRecords.lineFeed || byte == LabelRecords.carriageReturn
    }
}
