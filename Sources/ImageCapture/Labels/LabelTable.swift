import DurableStorage

/// Which attributes each picture has: a table read from text.
///
/// Two forms, told apart by the first line:
///
/// - CSV: a header `file,<attribute>,…`, then a row for each picture. Fields may be quoted.
/// - CelebA's `list_attr_celeba.txt`: a line with the number of rows, a line with the names of
///   the attributes, then rows of a file name and values, parted by white space.
///
/// A value is on (`1`, `on`, `true`, `yes`) or off (`0`, `-1`, `off`, `false`, `no`), in any case.
package struct LabelTable: Sendable {
    /// What the table is called in errors: usually its path.
    package let name: String
    /// The names of the attributes, in the order of the columns.
    package let attributes: [String]
    /// The names of the pictures, in the order of the rows.
    package let files: [String]

    private let attributeIndices: [String: Int]
    private let rowIndices: [String: Int]
    /// The values of all rows, `attributes.count` each.
    private let values: [Bool]

    /// Names the first column may have, in lower case.
    ///
    /// CelebA's CSV on the web says `image_id`.
    private static let fileColumnNames: Set<String> = [
        "file", "filename", "file_name", "image", "image_id", "name", "path",
    ]

    /// Reads a table from a file of UTF-8 text.
    package init(contentsOfFile path: String) throws(LabelTableError) {
        let bytes: [UInt8]
        do throws(FileBytes.Failure) {
            bytes = try FileBytes.read(
                path,
                maximumByteCount: ImageLimits.maximumTableByteCount
            )
        } catch {
            switch error {
            case .system(let reason):
                throw .unreadable(table: path, reason: reason)
            case .tooLarge(let byteCount):
                let most = ImageLimits.maximumTableByteCount
                let reason = "the file has \(byteCount) bytes, the most is \(most)"
                throw .unreadable(table: path, reason: reason)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .unreadable(table: path, reason: "it is not UTF-8 text")
        }
        try self.init(parsing: text, name: path)
    }

    /// Reads a table from text; `name` stands for it in errors.
    package init(parsing text: String, name: String = "labels") throws(LabelTableError) {
        let records = try LabelRecords(of: text, table: name)
        attributes = records.attributes
        attributeIndices = try Self.attributeIndices(of: records, table: name)
        var builder = RowBuilder(table: name, attributes: attributes)
        for record in records.rows { try builder.add(record) }
        if let expected = records.announcedRowCount, expected != builder.files.count {
            throw .rowCount(table: name, expected: expected, found: builder.files.count)
        }
        guard !builder.files.isEmpty else { throw .empty(table: name) }
        self.name = name
        files = builder.files
        rowIndices = builder.firstLines.mapValues(\.rowIndex)
        values = builder.values
    }

    /// Whether there is a row for a picture.
    package func contains(file: String) -> Bool { rowIndices[file] != nil }

    /// The labels of one picture, in the order asked for.
    ///
    /// Check the attributes once with `check(attributes:)` to tell a wrong name from a missing
    /// row before any picture is decoded.
    package func labels(
        forFile file: String,
        attributes: [String]
    ) throws(LabelTableError) -> [Bool] {
        let columns = try columns(of: attributes)
        guard let row = rowIndices[file] else {
            throw .noSuchFile(table: name, file: file)
        }
        let start = row * self.attributes.count
        return columns.map { values[start + $0] }
    }

    /// Throws when one of the names is no attribute of the table.
    package func check(attributes: [String]) throws(LabelTableError) {
        _ = try columns(of: attributes)
    }

    private func columns(of attributes: [String]) throws(LabelTableError) -> [Int] {
        var columns: [Int] = []
        for attribute in attributes {
            guard let column = attributeIndices[attribute] else {
                throw .noSuchAttribute(
                    table: name,
                    attribute: attribute,
                    known: self.attributes
                )
            }
            columns.append(column)
        }
        return columns
    }

    private static func attributeIndices(
        of records: LabelRecords,
        table: String
    ) throws(LabelTableError) -> [String: Int] {
        let line = records.headerLine
        if let found = records.fileColumn, !fileColumnNames.contains(found.lowercased()) {
            throw .missingFileColumn(table: table, line: line, found: found)
        }
        // Without a column of file names in the header, the first attribute is column 1.
        let firstColumn = records.fileColumn == nil ? 1 : 2
        var indices: [String: Int] = [:]
        for (index, attribute) in records.attributes.enumerated() {
            let column = index + firstColumn
            guard !attribute.isEmpty else {
                throw .unnamedColumn(table: table, line: line, column: column)
            }
            guard indices.updateValue(index, forKey: attribute) == nil else {
                throw .duplicateAttribute(
                    table: table,
                    line: line,
                    column: column,
                    attribute: attribute
                )
            }
        }
        guard !indices.isEmpty else {
            throw .rowLength(table: table, line: line, expected: 2, found: 1)
        }
        return indices
    }
}

/// Rows as they come in, checked one by one.
private struct RowBuilder {
    struct Place {
        var rowIndex: Int
        var line: Int
    }

    let table: String
    let attributes: [String]
    private(set) var files: [String] = []
    private(set) var firstLines: [String: Place] = [:]
    private(set) var values: [Bool] = []

    init(table: String, attributes: [String]) {
        self.table = table
        self.attributes = attributes
    }

    mutating func add(_ record: LabelRecords.Record) throws(LabelTableError) {
        let line = record.line
        guard record.fields.count == attributes.count + 1 else {
            throw .rowLength(
                table: table,
                line: line,
                expected: attributes.count + 1,
                found: record.fields.count
            )
        }
        let file = record.fields[0]
        guard !file.isEmpty else { throw .unnamedFile(table: table, line: line) }
        if let first = firstLines[file] {
            throw .duplicateFile(table: table, line: line, file: file, firstLine: first.line)
        }
        firstLines[file] = Place(rowIndex: files.count, line: line)
        files.append(file)
        for (index, field) in record.fields.dropFirst().enumerated() {
            guard let value = Self.value(of: field) else {
                throw .unknownValue(
                    table: table,
                    line: line,
                    column: index + 2,
                    attribute: attributes[index],
                    value: field
                )
            }
            values.append(value)
        }
    }

    private static func value(of field: String) -> Bool? {
        switch field {
        case "1", "+1": return true
        case "0", "-1": return false
        default: break
        }
        switch field.lowercased() {
        case "on", "true", "yes": return true
        case "off", "false", "no": return false
        default: return nil
        }
    }
}
