import Glibc

/// The system's words for an error number, in lower case like every other message.
package func systemMessage(_ number: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
        guard let start = buffer.baseAddress,
            strerror_r(number, start, buffer.count) == 0
        else { return "error \(number)" }
        return String(cString: start).lowercased()
    }
}

extension String {
    /// A path or field as it may stand in a message: control characters are spelled out.
    package var quotedForMessage: String {
        let safe = unicodeScalars.map { scalar in
            scalar.value < 0x20 || scalar.value == 0x7F
                ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return "'\(safe.joined())'"
    }
}
