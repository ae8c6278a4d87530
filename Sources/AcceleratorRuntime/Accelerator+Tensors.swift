import AcceleratorDriver
import AcceleratorISA
import DatapathNumerics
import ModelGraph
import RetrainingCompiler

// The driver's calls as the runtime makes them: whole tensors in plain order, the runtime's error.
extension Accelerator {
    /// Runs commands in order.
    func run(_ commands: [Command]) async throws(RetrainingError) {
        do {
            try await submit(commands)
        } catch {
            throw .device(error)
        }
    }

    /// Writes a tensor's values; there are as many as it holds.
    func write(_ values: [Float], to tensor: Tensor) async throws(RetrainingError) {
        try await write(raw: TensorAccess.packed(values, as: tensor), to: tensor.address)
    }

    /// Writes values that are laid out already.
    func write<Element: BitwiseCopyable & Sendable>(
        raw values: [Element],
        to address: UInt64
    ) async throws(RetrainingError) {
        do {
            try await write(values, to: address)
        } catch {
            throw .device(error)
        }
    }

    /// Reads a tensor's values.
    func values(of tensor: Tensor) async throws(RetrainingError) -> [Float] {
        do {
            let bytes = try await read(
                UInt8.self,
                from: tensor.address,
                count: Int(tensor.byteCount)
            )
            return bytes.withUnsafeBytes { TensorAccess.unpack(tensor, from: $0) }
        } catch {
            throw .device(error)
        }
    }

    /// What the device counted since it was powered.
    func countersNow() async throws(RetrainingError) -> DeviceCounters {
        do {
            return try await counters()
        } catch {
            throw .device(error)
        }
    }

    /// Compiles a StarGAN training for this device.
    nonisolated func plan(_ training: StarGANTraining) throws(RetrainingError) -> StarGANPlan {
        try training.plan(on: capabilities)
    }
}

extension StarGANTraining {
    /// Compiles the training for devices of some capabilities, with as many of the slots for kept
    /// values as their memory has room for.
    func plan(on capabilities: DeviceCapabilities) throws(RetrainingError) -> StarGANPlan {
        var training = self
        while true {
            do {
                return try StarGANPlan(
                    training,
                    graphs: (try configuration.generator(), try configuration.discriminator()),
                    capabilities: capabilities
                )
            } catch let error as CompileError {
                // Fewer slots mean that some values are made anew, nothing else.
                guard training.prefixSlots >= 2 else { throw .compilation(error) }
                training.prefixSlots /= 2
            } catch {
                throw .configuration("\(error)")
            }
        }
    }
}
