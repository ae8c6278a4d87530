import Crypto
package import ModelGraph

/// The digest that tells two sets of weights apart: SHA-256 over the canonical bytes of the
/// generator's parameters, then the discriminator's.
package enum WeightsHash {
    /// The digest in lower-case hexadecimal digits.
    package static func hexadecimal(
        generator: ParameterSet,
        discriminator: ParameterSet?
    ) -> String {
        var hash = SHA256()
        for set in [generator, discriminator].compactMap({ $0 }) {
            set.writeCanonicalBytes { bytes in hash.update(data: bytes) }
        }
        return hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
