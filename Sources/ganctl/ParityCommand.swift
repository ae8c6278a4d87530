import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import ModelGraph

/// Runs golden cases on the device and compares.
struct ParityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parity",
        abstract: "Run golden cases on the device, one line a tensor.",
        discussion: "Exits with 0 only if every tensor is inside its tolerance."
    )

    @Argument(help: "Folders with case.json and tensors.safetensors.")
    var cases: [String]

    @OptionGroup var device: DeviceOptions

    @Flag(help: "Print JSON instead of lines.")
    var json = false

    func run() async throws {
        let accelerator = try await device.open()
        let runner = ParityRunner(accelerator)
        var results: [ParityResult] = []
        for folder in cases {
            let parityCase = try load(folder)
            do throws(RetrainingError) {
                let compared = try await runner.run(parityCase)
                results += compared
                if !json { compared.forEach { print(Self.line($0)) } }
            } catch {
                await accelerator.close()
                throw CommandFailure(error)
            }
        }
        await accelerator.close()
        let failureCount = results.count { !$0.isInside }
        if json {
            StandardStreams.print(document(results, failureCount))
        } else {
            print(
                "\(results.count - failureCount) of \(results.count) tensors of \(cases.count) "
                    + "cases inside tolerance on \(device.device) (\(device.kernelName))"
            )
        }
        if failureCount > 0 { throw ExitCode(ExitStatus.negative.rawValue) }
    }

    private func load(_ folder: String) throws -> ParityCase {
        func read(_ name: String) throws -> [UInt8] {
            let path = "\(folder)/\(name)"
            do {
                return try FileBytes.read(path, maximumByteCount: 1 << 30)
            } catch .tooLarge(let byteCount) {
                throw CommandFailure(
                    .badData,
                    "failed to read \(path): it has \(byteCount) bytes; a case has at most 1 GiB"
                )
            } catch .system(let reason) {
                throw CommandFailure(.noInput, "failed to read \(path): \(reason); give a case")
            }
        }
        do throws(RetrainingError) {
            let description: [UInt8]
            let tensors: [UInt8]
            do {
                description = try read("case.json")
                tensors = try read("tensors.safetensors")
            } catch let failure as CommandFailure {
                throw .fileSystem(failure.message)
            } catch {
                throw .internalFault("\(error)")
            }
            return try ParityCase(description: description, tensors: tensors, folder: folder)
        } catch {
            if case .fileSystem(let message) = error { throw CommandFailure(.noInput, message) }
            throw CommandFailure(error)
        }
    }

    private static func line(_ result: ParityResult) -> String {
        let verdict = result.isInside ? "ok  " : "FAIL"
        let name = "\(result.caseName) \(result.tensor)"
        switch result.tolerance {
        case .relativeL2(let limit):
            return "\(verdict) \(name): relative L2 \(short(result.relativeL2)) <= \(limit)"
        case .direction(let least, let within):
            return "\(verdict) \(name): cosine \(short(result.cosine)) >= \(least), "
                + "norm ratio - 1 = \(short(result.normRatio - 1)) within \(within)"
        }
    }

    private static func short(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        return "\((value * 1e5).rounded() / 1e5)"
    }

    private func document(_ results: [ParityResult], _ failureCount: Int) -> StrictJSON {
        let entries = results.map { result in
            let entry: StrictJSON = [
                "case": .string(result.caseName),
                "tensor": .string(result.tensor),
                "inside": .bool(result.isInside),
                "relativeL2": Self.number(result.relativeL2),
                "cosine": Self.number(result.cosine),
                "normRatio": Self.number(result.normRatio),
            ]
            return entry
        }
        let document: StrictJSON = [
            "device": .string(device.device),
            "kernels": .string(device.kernelName),
            "failed": .integer(failureCount),
            "results": .array(entries),
        ]
        return document
    }

    private static func number(_ value: Double) -> StrictJSON {
        value.isFinite ? .number(value) : .null
    }
}
