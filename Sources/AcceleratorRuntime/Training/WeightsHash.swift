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
        hexadecimal(of: [generator, discriminator].compactMap { $0 })
    }

    /// The digest of other networks, one after another.
    package static func hexadecimal(of networks: [ParameterSet]) -> String {
        var hash = SHA256()
        for set in networks {
            set.writeCanonicalBytes { bytes in hash.update(data: bytes) }
        }
        return Hexadecimal.text(hash.finalize())
    }

    /// The same digest of the masters on a device, read piece by piece.
    static func hexadecimal(
        reading networks: [ParameterTransfer]
    ) async throws(RetrainingError) -> String {
        var hash = SHA256()
        for network in networks {
            try await network.forEachCanonicalPiece { bytes in hash.update(data: bytes) }
        }
        return Hexadecimal.text(hash.finalize())
    }
}
