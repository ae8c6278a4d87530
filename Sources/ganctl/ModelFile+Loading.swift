import AcceleratorRuntime
import DurableStorage
import ModelGraph

extension ModelFile {
    /// Most bytes of a model's file.
    private static let maximumByteCount = 2 << 30

    /// Reads a model's file; `defaults` are sizes for what it does not say.
    init(path: String, assuming defaults: StarGANConfiguration) throws(CommandFailure) {
        let bytes: [UInt8]
        do throws(FileBytes.Failure) {
            bytes = try FileBytes.read(path, maximumByteCount: Self.maximumByteCount)
        } catch {
            switch error {
            case .system(let reason):
                throw CommandFailure(
                    .noInput,
                    "failed to read model \(path): \(reason)"
                )
            case .tooLarge(let byteCount):
                throw CommandFailure(
                    .badData,
                    "failed to read model \(path): it has \(byteCount) bytes, more than 2 GiB"
                )
            }
        }
        do throws(RetrainingError) {
            try self.init(decoding: bytes, name: path, assuming: defaults)
        } catch {
            throw CommandFailure(error)
        }
    }
}
