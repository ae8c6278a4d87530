import AcceleratorDriver
import AcceleratorRuntime
import DurableStorage
import Glibc
import ImageCapture
import PerformanceModel

/// Where a retraining's plan comes from.
enum PlanSource {
    /// Made for the inputs, on the device.
    case made(SelectionRequest, ChipProfile)
    /// Read from a file.
    case file(String)

    /// The plan.
    func plan(for inputs: RetrainInputs, on accelerator: Accelerator) async throws -> RetrainingPlan
    {
        switch self {
        case .made(let request, let profile):
            return try await RetrainingPlanner(
                accelerator,
                options: inputs.options,
                labels: inputs.manifest.entries.map(\.labels),
                images: inputs.crops.map { $0.planarFloats() },
                profile: profile
            ).plan(request, from: inputs.start)
        case .file(let path): return try Self.read(Self.file(at: path))
        }
    }

    /// The file of a plan: the path itself, or the plan inside of a retraining's output folder.
    static func file(at path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return path }
        return OutputFolder(path: path).file(OutputFolder.plan)
    }

    /// Reads a plan's file.
    static func read(_ path: String) throws -> RetrainingPlan {
        let bytes: [UInt8]
        do throws(FileBytes.Failure) {
            bytes = try FileBytes.read(path, maximumByteCount: 1 << 26)
        } catch {
            switch error {
            case .system(let reason):
                throw CommandFailure(
                    .noInput,
                    "failed to read plan \(path): \(reason); give a file of ganctl plan save, or "
                        + "the --output of a retraining"
                )
            case .tooLarge(let byteCount):
                throw CommandFailure(
                    .badData,
                    "failed to read plan \(path): it has \(byteCount) bytes, more than a plan can"
                )
            }
        }
        do throws(RetrainingError) {
            return try RetrainingPlan(decoding: bytes, name: path)
        } catch {
            throw CommandFailure(error)
        }
    }
}
