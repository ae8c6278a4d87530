public import AcceleratorISA

/// Takes command records and answers each with an event: decode, validate, plan, run.
///
/// A record that fails at any step before the last changes nothing; a command that is run is run
/// whole. The processor owns its port.
public struct CommandProcessor<Port: DatapathPort & ~Copyable>: ~Copyable {
    /// The chip that runs commands.
    public var port: Port
    /// Commands that completed since the processor was made.
    public private(set) var completedCommandCount: UInt64 = 0

    /// A processor in front of a chip.
    public init(port: consuming Port) { self.port = port }

    /// The chip's counters, with the commands completed.
    public var counters: DeviceCounters {
        var counters = port.counters
        counters.commandCount = completedCommandCount
        return counters
    }

    /// Runs the command of one record, or says why not.
    ///
    /// - Parameter record: Exactly one encoded command; any bytes are safe.
    /// - Returns: The event of the command, or of as much of its number as can be read.
    public mutating func process(_ record: RawSpan) -> DeviceEvent {
        do throws(CommandFault) {
            return try process(Command(decoding: record))
        } catch {
            return DeviceEvent(
                commandID: Command.id(ofRecord: record),
                error: error.code,
                role: error.role
            )
        }
    }

    /// Runs a command that is already decoded.
    private mutating func process(_ command: Command) throws(CommandFault) -> DeviceEvent {
        let plan = try CommandValidator.validate(command, on: port)
        port.run(command, tiles: plan)
        completedCommandCount &+= 1
        return DeviceEvent(commandID: command.id)
    }
}
