import AcceleratorDriver
import AcceleratorISA
import ArgumentParser
import ChipEmulator

/// Which device does the work, and how an emulated one is run on this host.
struct DeviceOptions: ParsableArguments {
    @Option(help: "Device that does the work: emulator.")
    var device = "emulator"

    @Option(help: "Threads of the emulated datapath; the result does not depend on them.")
    var threads = ProcessorCount.available

    @Option(
        help: ArgumentHelp(
            "Kernels of the emulated datapath: \(KernelVariants.names.joined(separator: ", ")).",
            discussion: "The result does not depend on them.",
            valueName: "name"
        )
    )
    var kernels: String?

    mutating func validate() throws {
        guard device == "emulator" else {
            throw ValidationError("there is no device '\(device)'; the one to be had is: emulator")
        }
        guard (1...256).contains(threads) else {
            throw ValidationError("--threads is \(threads); give a number from 1 to 256")
        }
        if let kernels, !KernelVariants.names.contains(kernels) {
            let names = KernelVariants.names.joined(separator: ", ")
            throw ValidationError(
                "--kernels is '\(kernels)'; this processor has: \(names)"
            )
        }
    }

    /// Opens the device.
    func open(
        capabilities: DeviceCapabilities = DeviceCapabilities()
    ) async throws -> Accelerator {
        let provider = EmulatorProvider(
            capabilities: capabilities,
            configuration: EmulatorConfiguration(threadCount: threads, kernelName: kernels)
        )
        do {
            guard let descriptor = await provider.enumerate().first else {
                throw CommandFailure(.noDevice, "failed to open \(device): there is none")
            }
            return try await Accelerator.open(try await provider.open(descriptor))
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(.noDevice, "\(error)")
        }
    }

    /// Name of the kernels in use.
    var kernelName: String { kernels ?? KernelVariants.names.first ?? "none" }
}
