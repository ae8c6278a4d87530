import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import ModelGraph
import PerformanceModel

/// Which chip times and energies are estimated for.
struct ProfileOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Chip that time and energy are estimated for: chip, fpga, or a file.",
            discussion: "The file is JSON and overrides parameters of a named chip: "
                + "{ \"base\": \"chip\", \"clockHertz\": 4e8 }. A file called like a chip is "
                + "given as ./chip.",
            valueName: "name or file"
        )
    )
    var profile = "chip"

    /// Most bytes of a profile's file.
    private static let maximumByteCount = 1 << 20

    /// The profile of that name, or of that file.
    func load() throws(CommandFailure) -> ChipProfile {
        if let named = ChipProfile.named.first(where: { $0.name == profile }) { return named }
        let bytes: [UInt8]
        do throws(FileBytes.Failure) {
            bytes = try FileBytes.read(profile, maximumByteCount: Self.maximumByteCount)
        } catch {
            switch error {
            case .system(let reason):
                let names = ChipProfile.named.map(\.name).joined(separator: ", ")
                throw CommandFailure(
                    .noInput,
                    "failed to read profile \(profile): \(reason); give \(names) or a file"
                )
            case .tooLarge(let byteCount):
                throw CommandFailure(
                    .badData,
                    "failed to read profile \(profile): it has \(byteCount) bytes, more than 1 MiB"
                )
            }
        }
        do throws(JSONError) {
            return try ChipProfile(parsing: bytes, document: profile)
        } catch {
            throw CommandFailure(.badData, "failed to read profile \(error)")
        }
    }
}
