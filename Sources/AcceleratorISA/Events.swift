/// Why a device refused or failed a command.
///
/// Nothing of such a command was committed.
public enum DeviceErrorCode: UInt8, Error, Sendable, CaseIterable {
    /// The record's bytes are no command: length, opcode, enumeration value or reserved bits.
    case malformedCommand = 1
    /// A needed operand is missing, or one is present that the command does not take.
    case wrongOperands = 2
    /// An operand's layout does not fit its role.
    case wrongLayout = 3
    /// Shapes of operands disagree with one another or with the geometry, or are out of limits.
    case wrongShape = 4
    /// Kernel, stride, padding or direction out of limits.
    case wrongGeometry = 5
    /// An operand's address is not aligned.
    case misaligned = 6
    /// An operand reaches past the end of device DRAM.
    case outOfRange = 7
    /// An operand that is written overlaps another operand.
    case overlapping = 8
    /// An operand that is read was never written.
    case uninitialized = 9
    /// The command's smallest tile does not fit into SRAM.
    case sramOverflow = 10
    /// A scalar parameter is not finite or out of its range.
    case wrongScalar = 11
    /// The datapath itself failed.
    case datapathFault = 12
}

/// What the device reports of a command.
public struct DeviceEvent: Equatable, Sendable {
    /// The host's number of the command.
    public var commandID: UInt32
    /// Nil when the command completed.
    public var error: DeviceErrorCode?
    /// The operand at fault, where one is.
    public var role: OperandRole?

    /// An event.
    public init(commandID: UInt32, error: DeviceErrorCode? = nil, role: OperandRole? = nil) {
        self.commandID = commandID
        self.error = error
        self.role = role
    }
}

/// Why a command cannot run, as validation finds it.
public struct CommandFault: Error, Equatable, Sendable {
    /// What rule the command breaks.
    public var code: DeviceErrorCode
    /// The operand at fault, where one is.
    public var role: OperandRole?

    /// A fault, with the operand where one is to blame.
    public init(_ code: DeviceErrorCode, _ role: OperandRole? = nil) {
        self.code = code
        self.role = role
    }
}

/// What a device has and can do.
public struct DeviceCapabilities: Equatable, Sendable {
    /// Bytes of device DRAM.
    public var dramByteCount: UInt64
    /// Bytes of on-chip SRAM for tiles.
    public var sramByteCount: UInt64
    /// DRAM bandwidth in bytes a second, a parameter of the time model.
    public var dramBytesPerSecond: UInt64

    /// Capabilities; the defaults are this project's (the paper gives none): 1 GiB of DRAM at
    /// 3.2 GB/s (one 16-bit LPDDR3-1600 channel) and 1 MiB of SRAM.
    public init(
        dramByteCount: UInt64 = 1 << 30,
        sramByteCount: UInt64 = 1 << 20,
        dramBytesPerSecond: UInt64 = 3_200_000_000
    ) {
        self.dramByteCount = dramByteCount
        self.sramByteCount = sramByteCount
        self.dramBytesPerSecond = dramBytesPerSecond
    }
}
