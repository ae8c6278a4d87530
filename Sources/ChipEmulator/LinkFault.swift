package import AcceleratorISA

/// A fault of the emulated cable or device, for tests of what stands above.
package struct LinkFault: Equatable, Sendable {
    /// What goes wrong.
    package enum Effect: Equatable, Sendable {
        /// One bit of the frame's byte at this offset flips on its way to the device.
        case corruptFrame(byteOffset: Int)
        /// One bit of the answer's byte at this offset flips on its way to the host.
        case corruptAnswer(byteOffset: Int)
        /// The device takes the frame and never answers.
        case silence
        /// The device halts the endpoint.
        case stall
    }

    /// Where.
    package var endpoint: DeviceEndpoint
    /// When: at the frame of this number on the endpoint since the device was made, from 0.
    package var frameIndex: Int
    /// What goes wrong.
    package var effect: Effect

    /// A fault.
    package init(endpoint: DeviceEndpoint, frameIndex: Int, effect: Effect) {
        self.endpoint = endpoint
        self.frameIndex = frameIndex
        self.effect = effect
    }
}
