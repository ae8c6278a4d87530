import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import ModelGraph

/// A study's output folder: rows as they come, and what they amount to.
struct StudySession {
    let folder: OutputFolder
    let record: StudyRecord
    let cases: StudyCases
    private(set) var table = StudyTable()

    private static let table = "study.csv"
    private static let record = "study.json"
    private static let text = "study.md"
    private static let plot = "study.svg"
    /// More than any study's files have.
    private static let maximumByteCount = 64 << 20

    /// Begins a study, or goes on with the one in the folder.
    init(
        _ folder: OutputFolder,
        record: StudyRecord,
        cases: StudyCases,
        resumes: Bool
    ) throws {
        self.folder = folder
        self.record = record
        self.cases = cases
        if resumes { try readRows() }
        try folder.create()
        // What is in the folder is of one study, whenever it ends.
        for name in [Self.text, Self.plot] + (resumes ? [] : [Self.table]) { folder.remove(name) }
        do {
            try folder.write(try record.document.serialized(.indented), as: Self.record)
        } catch let error as JSONError {
            throw CommandFailure(.internal, "failed to describe the study: \(error)")
        }
    }

    /// Refuses to lose an earlier study, or to go on from nothing.
    static func check(_ folder: OutputFolder, resumes: Bool, replaces: Bool) throws {
        let isThere = folder.holds(Self.record)
        if resumes, !isThere {
            throw CommandFailure(
                .noInput,
                "failed to resume: there is no \(folder.file(Self.record)); leave --resume out to "
                    + "start"
            )
        }
        guard !resumes, !replaces, isThere || folder.holds(Self.table) else { return }
        throw CommandFailure(
            .configuration,
            "failed to start: \(folder.path) holds an earlier study; go on with --resume, choose "
                + "another --output, or replace it with --force"
        )
    }

    private mutating func readRows() throws {
        let earlier: StudyRecord
        do {
            earlier = try StudyRecord(
                parsing: try read(Self.record),
                document: folder.file(Self.record)
            )
        } catch let error as JSONError {
            throw CommandFailure(.badData, "failed to read \(error); start anew with --force")
        }
        if let difference = earlier.difference(from: record) {
            throw CommandFailure(
                .configuration,
                "failed to resume: the study in \(folder.path) was begun with other settings: "
                    + "\(difference); give those, or start anew with --force"
            )
        }
        guard folder.holds(Self.table) else { return }
        do throws(RetrainingError) {
            table = try StudyTable(
                parsing: try read(Self.table),
                document: folder.file(Self.table)
            )
            try table.arrange(as: cases)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func read(_ name: String) throws(RetrainingError) -> [UInt8] {
        do throws(FileBytes.Failure) {
            return try FileBytes.read(folder.file(name), maximumByteCount: Self.maximumByteCount)
        } catch {
            throw .fileSystem("failed to read \(folder.file(name)): \(error)")
        }
    }

    /// Whether a row is there already.
    func holds(_ key: StudyRow.Key) -> Bool { table[key] != nil }

    /// Adds a row; the table in the folder has it when this returns.
    mutating func add(_ row: StudyRow) throws {
        table.add(row)
        do throws(RetrainingError) {
            try table.arrange(as: cases)
        } catch {
            throw CommandFailure(error)
        }
        try folder.write(Array(table.text.utf8), as: Self.table)
    }

    /// Writes what the rows amount to; returns it as text.
    func finish() throws -> String {
        let text = StudyText(table, record)
        try folder.write(Array(StudyPlot(table).document().utf8), as: Self.plot)
        try folder.write(Array(text.document(plot: Self.plot).utf8), as: Self.text)
        return text.tables
    }
}
