import Crypto

/// Digests as text.
enum Hexadecimal {
    /// SHA-256 in lower-case hexadecimal digits.
    static func sha256(_ bytes: [UInt8]) -> String {
        text(SHA256.hash(data: bytes))
    }

    /// A finished digest in lower-case hexadecimal digits.
    static func text(_ digest: SHA256.Digest) -> String {
        digest.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

/// SHA-256 of bytes that come in pieces.
struct SHA256Stream {
    private var hash = SHA256()

    mutating func update(_ bytes: [UInt8]) { hash.update(data: bytes) }

    /// The digest so far in lower-case hexadecimal digits.
    var hexadecimal: String { Hexadecimal.text(hash.finalize()) }
}
