import Glibc
import ModelGraph

/// Data goes to standard output, everything for people watching to standard error.
enum StandardStreams {
    /// Prints a JSON document.
    static func print(_ document: StrictJSON) {
        do {
            Swift.print(String(decoding: try document.serialized(.indented), as: UTF8.self))
        } catch {
            complain("ganctl: failed to print the result: \(error)")
        }
    }

    /// Writes a line to standard error.
    static func complain(_ line: String) {
        write(line + "\n")
    }

    /// Writes text to standard error as it is.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}
