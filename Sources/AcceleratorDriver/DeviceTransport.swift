package import AcceleratorISA

/// What is known of a device before it is opened.
package struct DeviceDescriptor: Equatable, Hashable, Sendable {
    /// How a device is reached.
    package enum Link: Equatable, Hashable, Sendable {
        /// In this process.
        case emulator
        case usb
    }

    /// Names the device among all devices, such as `emulator:0`.
    package var identifier: String
    /// What it is, for people.
    package var product: String
    /// How it is reached.
    package var link: Link
    /// Whether the link delivers every byte right, so that bulk payloads go without checksum.
    package var isReliable: Bool

    /// A descriptor.
    package init(identifier: String, product: String, link: Link, isReliable: Bool) {
        self.identifier = identifier
        self.product = product
        self.link = link
        self.isReliable = isReliable
    }
}

/// One open device as a mover of bytes: the seam at which board and emulator meet.
///
/// Frames are the bytes (``WireFrame``); a transport looks into none of them. Every buffer that
/// goes in comes home, whatever happens, at the latest when the transport is closed.
package protocol DeviceTransport: AnyObject, Sendable {
    /// The device behind it.
    var descriptor: DeviceDescriptor { get }

    /// A buffer of a kind that this transport moves best.
    func makeBuffer(byteCount: Int) -> DMABuffer

    /// Sends a frame on the control endpoint and waits for the answer, which takes the frame's
    /// place in the buffer.
    func control(_ frame: consuming DMABuffer, timeout: Duration) async -> TransferCompletion

    /// Starts to move a buffer's bytes out, or to fill it. Transfers of one endpoint and direction
    /// are served in the order in which they were started.
    func transfer(
        _ buffer: consuming DMABuffer,
        _ direction: TransferDirection,
        on endpoint: DeviceEndpoint,
        timeout: Duration
    ) -> Transfer

    /// Asks for a transfer back. It ends as `.cancelled`, or as it would have if it is too late.
    func cancel(_ transfer: Transfer)

    /// Puts the device's side of the link into its first state; all transfers end as `.cancelled`.
    /// Device DRAM keeps its content.
    func reset() async

    /// Ends all transfers as `.disconnected` and lets go of the device. Returns when nothing of it
    /// is left running; later transfers end as `.disconnected` at once.
    func close() async
}

/// A place where devices are found: the emulator, a bus.
package protocol DeviceProvider: Sendable {
    /// The devices that are there now.
    func enumerate() async -> [DeviceDescriptor]

    /// Opens one of the devices that ``enumerate()`` gave.
    func open(_ descriptor: DeviceDescriptor) async throws(ProviderError) -> any DeviceTransport
}

/// Why a device could not be opened.
package enum ProviderError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no device of this identifier (any more).
    case notFound(identifier: String)
    /// The device is there but does not start, with the reason.
    case unusable(identifier: String, reason: String)

    package var description: String {
        switch self {
        case .notFound(let identifier):
            "failed to open \(identifier): no such device; list the devices to see which there are"
        case .unusable(let identifier, let reason):
            "failed to open \(identifier): \(reason)"
        }
    }
}
