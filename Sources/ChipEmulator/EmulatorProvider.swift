package import AcceleratorDriver
package import AcceleratorISA

/// Finds emulated devices: as many as it is told there are, `emulator:0` and on.
///
/// Every opened device is a chip of its own, powered up: nothing of its DRAM is written.
package struct EmulatorProvider: DeviceProvider {
    /// What each device has.
    package var capabilities: DeviceCapabilities
    /// How each is run on the host.
    package var configuration: EmulatorConfiguration
    /// Devices there are.
    package var deviceCount: Int

    /// A provider, of one device by default.
    package init(
        capabilities: DeviceCapabilities = DeviceCapabilities(),
        configuration: EmulatorConfiguration = EmulatorConfiguration(),
        deviceCount: Int = 1
    ) {
        self.capabilities = capabilities
        self.configuration = configuration
        self.deviceCount = deviceCount
    }

    /// The devices of this emulator, always the same.
    package func enumerate() async -> [DeviceDescriptor] {
        (0..<deviceCount).map { index in
            DeviceDescriptor(
                identifier: "emulator:\(index)",
                product: "GAN accelerator, emulated",
                link: .emulator,
                isReliable: true
            )
        }
    }

    /// Powers one of the devices up.
    package func open(
        _ descriptor: DeviceDescriptor
    ) async throws(ProviderError) -> any DeviceTransport {
        guard await enumerate().contains(descriptor) else {
            throw .notFound(identifier: descriptor.identifier)
        }
        do throws(EmulatorError) {
            guard let memory = EmulatedMemory(byteCount: capabilities.dramByteCount) else {
                throw .noMemory(byteCount: capabilities.dramByteCount)
            }
            let datapath = try EmulatedDatapath(
                memory: memory,
                capabilities: capabilities,
                configuration: configuration
            )
            return try EmulatedTransport(
                descriptor: descriptor,
                memory: memory,
                datapath: datapath
            )
        } catch {
            throw .unusable(identifier: descriptor.identifier, reason: "\(error)")
        }
    }
}
