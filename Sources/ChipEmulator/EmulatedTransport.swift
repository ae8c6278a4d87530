package import AcceleratorDriver
package import AcceleratorISA
package import FirmwareCore
import Glibc

/// The emulated device as the host reaches it: a link to a thread that runs the firmware's front
/// end over a datapath.
///
/// The thread, named `emulator device`, is owned here and joined by ``close()`` or at the latest
/// when the transport goes away.
///
/// Deadlines are looked at between frames: a transfer cannot expire while a command runs.
package final class EmulatedTransport: DeviceTransport {
    /// What the device is listed as.
    package let descriptor: DeviceDescriptor
    private let link: EmulatedLink
    private let thread: DeviceThread

    /// Powers a device up.
    ///
    /// - Parameters:
    ///   - descriptor: What the device is listed as.
    ///   - memory: Its DRAM, which only the device touches from here on.
    ///   - datapath: Runs its commands, over the same DRAM.
    ///   - faults: What is to go wrong, for tests.
    /// - Throws: ``EmulatorError`` when the host gives no thread.
    package init<Datapath: DatapathPort & ~Copyable>(
        descriptor: DeviceDescriptor,
        memory: EmulatedMemory,
        datapath: consuming sending Datapath,
        faults: [LinkFault] = []
    ) throws(EmulatorError) {
        self.descriptor = descriptor
        let link = EmulatedLink()
        self.link = link
        let device = EmulatedDevice(
            link: link,
            memory: memory,
            datapath: datapath,
            faults: faults
        )
        thread = try DeviceThread {
            device.run()
            link.end()
        }
    }

    deinit {
        link.close()
        thread.join()
    }

    /// A buffer of ordinary memory.
    package func makeBuffer(byteCount: Int) -> DMABuffer { DMABuffer(capacity: byteCount) }

    /// Sends a control frame, which passes the other endpoints' queues by.
    package func control(
        _ frame: consuming DMABuffer,
        timeout: Duration
    ) async -> TransferCompletion {
        let transfer = Transfer(frame, .out, on: .control, timeout: timeout)
        link.start(transfer)
        return await transfer.completion()
    }

    /// Queues a transfer for the device thread.
    package func transfer(
        _ buffer: consuming DMABuffer,
        _ direction: TransferDirection,
        on endpoint: DeviceEndpoint,
        timeout: Duration
    ) -> Transfer {
        let transfer = Transfer(buffer, direction, on: endpoint, timeout: timeout)
        link.start(transfer)
        return transfer
    }

    /// Takes a transfer back, unless the device is at it.
    package func cancel(_ transfer: Transfer) { link.cancel(transfer) }

    /// Resets the front end behind what it is at.
    package func reset() async {
        let transfer = Transfer(DMABuffer(capacity: 1), .out, on: .control, timeout: .zero)
        link.reset(transfer)
        _ = await transfer.completion()
    }

    /// Ends the device thread and waits for it.
    package func close() async {
        link.close()
        await link.waitForEnd()
        thread.join()
    }
}

/// One thread with a name, joined once.
///
/// Invariant behind `@unchecked Sendable`: `handle` is written before the value is shared; whether
/// it is joined is decided under `mutex`.
private final class DeviceThread: @unchecked Sendable {
    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    private var handle = pthread_t()
    private var isJoined = false
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init(_ run: @escaping () -> Void) throws(EmulatorError) {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        let body = Unmanaged.passRetained(Body(run))
        let status = pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument else { return nil }
                nameThisThread("emulator device")
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            body.toOpaque()
        )
        guard status == 0 else {
            body.release()
            isJoined = true
            throw .noThread(status: status)
        }
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Waits for the thread's end; later calls return when the first has.
    func join() {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isJoined else { return }
        pthread_join(handle, nil)
        isJoined = true
    }
}

/// Gives the calling thread a name that debuggers show; at most 15 bytes.
///
/// Through the process file system, since the C function for it is not visible to Swift. A host
/// without that file system runs the thread nameless.
private func nameThisThread(_ name: String) {
    guard let file = fopen("/proc/thread-self/comm", "w") else { return }
    fputs(name, file)
    fclose(file)
}
