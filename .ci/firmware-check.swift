// Makes the compiler generate the firmware's generic code for a bare-metal target: the front end
// over ports whose work is done by C functions, as a board's support code would offer them.
import AcceleratorISA
import FirmwareCore

/// Whether a range of device DRAM was written.
public typealias IsWritten = @convention(c) (_ address: UInt64, _ byteCount: UInt64) -> Bool
/// Runs a `Command` with a `TilePlan`.
public typealias RunTiles =
    @convention(c) (_ command: UnsafeRawPointer, _ plan: UnsafeRawPointer) -> Void
/// Copies bytes into or out of device DRAM.
public typealias Copy =
    @convention(c) (UnsafeMutableRawPointer?, _ count: Int, _ address: UInt64) -> Void
/// Waits for a frame; its length, and the endpoint it came in on.
public typealias NextFrame = @convention(c) (_ endpoint: UnsafeMutablePointer<UInt8>) -> Int
/// Sends the answer.
public typealias Send = @convention(c) (_ byteCount: Int) -> Void

/// A chip behind C functions.
struct FunctionDatapath: DatapathPort {
    let capabilities: DeviceCapabilities
    let counters = DeviceCounters()
    let isWritten: IsWritten
    let runTiles: RunTiles

    func isInitialized(address: UInt64, byteCount: UInt64) -> Bool { isWritten(address, byteCount) }

    mutating func run(_ command: Command, tiles: TilePlan) {
        withUnsafeBytes(of: command) { command in
            withUnsafeBytes(of: tiles) { tiles in
                guard let command = command.baseAddress, let tiles = tiles.baseAddress else {
                    return
                }
                runTiles(command, tiles)
            }
        }
    }
}

/// Device DRAM behind C functions.
struct FunctionMemory: DeviceMemoryPort {
    let byteCount: UInt64
    let isWritten: IsWritten
    let copyIn: Copy
    let copyOut: Copy

    func isInitialized(address: UInt64, byteCount: UInt64) -> Bool { isWritten(address, byteCount) }

    mutating func write(_ bytes: RawSpan, at address: UInt64) {
        bytes.withUnsafeBytes {
            copyIn(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count, address)
        }
    }

    func read(at address: UInt64, into bytes: inout MutableRawSpan) {
        bytes.withUnsafeMutableBytes { copyOut($0.baseAddress, $0.count, address) }
    }
}

/// Serves frames for ever, out of and into two buffers.
@c public func serveFrames(
    _ frame: UnsafeMutableRawPointer,
    _ answer: UnsafeMutableRawPointer,
    _ isWritten: @escaping IsWritten,
    _ runTiles: @escaping RunTiles,
    _ copyIn: @escaping Copy,
    _ copyOut: @escaping Copy,
    _ nextFrame: @escaping NextFrame,
    _ send: @escaping Send
) {
    let capabilities = DeviceCapabilities()
    var frontEnd = DeviceFrontEnd(
        datapath: FunctionDatapath(
            capabilities: capabilities,
            isWritten: isWritten,
            runTiles: runTiles
        ),
        memory: FunctionMemory(
            byteCount: capabilities.dramByteCount,
            isWritten: isWritten,
            copyIn: copyIn,
            copyOut: copyOut
        )
    )
    var answerBytes = UnsafeMutableRawBufferPointer(
        start: answer,
        count: WireFrame.maximumDataFrameByteCount
    ).mutableBytes
    while true {
        var number: UInt8 = 0
        let byteCount = nextFrame(&number)
        guard let endpoint = DeviceEndpoint(rawValue: number) else { continue }
        let bytes = UnsafeRawBufferPointer(start: frame, count: byteCount).bytes
        send(frontEnd.receive(bytes, on: endpoint, answer: &answerBytes))
    }
}
