import DurableStorage

/// Why a table of labels cannot be used.
///
/// Lines and columns count from 1.
package enum LabelTableError: Error, Hashable, Sendable {
    /// The file cannot be read.
    case unreadable(table: String, reason: String)
    /// The table has no header, or no rows.
    case empty(table: String)
    /// The header does not begin with the column of file names.
    case missingFileColumn(table: String, line: Int, found: String)
    /// A column of the header has no name.
    case unnamedColumn(table: String, line: Int, column: Int)
    /// Two columns have one name.
    case duplicateAttribute(table: String, line: Int, column: Int, attribute: String)
    /// A row has more or fewer fields than the header has columns.
    case rowLength(table: String, line: Int, expected: Int, found: Int)
    /// A row's file name is empty.
    case unnamedFile(table: String, line: Int)
    /// Two rows are about one file.
    case duplicateFile(table: String, line: Int, file: String, firstLine: Int)
    /// A value is neither on nor off.
    case unknownValue(table: String, line: Int, column: Int, attribute: String, value: String)
    /// A quote is not closed, or stands inside a field.
    case misplacedQuote(table: String, line: Int, column: Int)
    /// The count in the first line is not that of the rows.
    case rowCount(table: String, expected: Int, found: Int)
    /// An attribute that was asked for is no column of the table.
    case noSuchAttribute(table: String, attribute: String, known: [String])
    /// A picture has no row.
    case noSuchFile(table: String, file: String)
}

extension LabelTableError: CustomStringConvertible {
    /// Operation, place, fact, and what to do, in one line.
    package var description: String {
        let place = line.map { ", line \($0)" } ?? ""
        return "failed to read labels from \(table.quotedForMessage)\(place): \(fact)"
    }

    /// The table, as it was named.
    package var table: String {
        switch self {
        case .unreadable(let table, _), .empty(let table), .missingFileColumn(let table, _, _),
            .unnamedColumn(let table, _, _), .duplicateAttribute(let table, _, _, _),
            .rowLength(let table, _, _, _), .unnamedFile(let table, _),
            .duplicateFile(let table, _, _, _), .unknownValue(let table, _, _, _, _),
            .misplacedQuote(let table, _, _), .rowCount(let table, _, _),
            .noSuchAttribute(let table, _, _), .noSuchFile(let table, _):
            table
        }
    }

    /// The line the error is about, where it is about one.
    package var line: Int? {
        switch self {
        case .missingFileColumn(_, let line, _), .unnamedColumn(_, let line, _),
            .duplicateAttribute(_, let line, _, _), .rowLength(_, let line, _, _),
            .unnamedFile(_, let line), .duplicateFile(_, let line, _, _),
            .unknownValue(_, let line, _, _, _), .misplacedQuote(_, let line, _):
            line
        case .unreadable, .empty, .rowCount, .noSuchAttribute, .noSuchFile:
            nil
        }
    }

    private var fact: String {
        switch self {
        case .unreadable(_, let reason):
            "\(reason); check that the file exists and is UTF-8 text"
        case .empty:
            "there are no rows; write a header 'file,<attribute>,…' and a row for each picture"
        case .missingFileColumn(_, _, let found):
            "the first column is called \(found.quotedForMessage), not 'file'; "
                + "begin the header with 'file'"
        case .unnamedColumn(_, _, let column):
            "column \(column) has no name; name it, or remove the extra separator"
        case .duplicateAttribute(_, _, let column, let attribute):
            "column \(column) is another \(attribute.quotedForMessage); rename or remove it"
        case .rowLength(_, _, let expected, let found):
            "the row has \(found) fields, the header has \(expected) columns; "
                + "give one value for each column"
        case .unnamedFile:
            "column 1 names no file; name the picture, or remove the row"
        case .duplicateFile(_, _, let file, let firstLine):
            "\(file.quotedForMessage) stands in line \(firstLine) already; keep one of the rows"
        case .unknownValue(_, _, let column, let attribute, let value):
            "column \(column), \(attribute.quotedForMessage), holds "
                + "\(value.quotedForMessage); write 1, on, true, yes or 0, -1, off, false, no"
        case .misplacedQuote(_, _, let column):
            "a quote in column \(column) is out of place or not closed; "
                + "quote the whole field, and double the quotes inside it"
        case .rowCount(_, let expected, let found):
            "the first line announces \(expected) rows, there are \(found); "
                + "copy the file again, or correct the count"
        case .noSuchAttribute(_, let attribute, let known):
            "there is no column \(attribute.quotedForMessage); choose from "
                + known.map(\.quotedForMessage).joined(separator: ", ")
        case .noSuchFile(_, let file):
            "there is no row for \(file.quotedForMessage); add one, or move the picture away"
        }
    }
}
