import AcceleratorDriver
import AcceleratorRuntime
import DurableStorage
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
        case .file(let path): return try Self.read(path)
        }
    }

    /// Reads a plan's file.
    static func read(_ path: String) throws -> RetrainingPlan {
        let bytes: [UInt8]
        do throws(FileBytes.Failure) {
            bytes = try FileBytes.read(path, maximumByteCount: 1 << 26)
        } catch {
            throw CommandFailure(.noInput, "failed to read plan \(path): \(error)")
        }
        do throws(RetrainingError) {
            return try RetrainingPlan(decoding: bytes, name: path)
        } catch {
            throw CommandFailure(error)
        }
    }
}
