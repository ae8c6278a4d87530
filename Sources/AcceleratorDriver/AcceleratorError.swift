package import AcceleratorISA

/// Why a device did not do what it was asked.
package enum AcceleratorError: Error, Equatable, Sendable {
    /// A command was refused or failed; none behind it ran.
    case commandFailed(id: UInt32, opcode: Opcode, code: DeviceErrorCode, role: OperandRole?)
    /// A command's numbers do not fit into its record; it was not sent, nor any behind it.
    case unencodable(id: UInt32, opcode: Opcode, code: DeviceErrorCode, role: OperandRole?)
    /// The device refused a frame.
    case frameRefused(FrameType, WireFault)
    /// A frame could not be moved.
    case transferFailed(FrameType, TransferFault)
    /// An answer is damaged, or does not belong to its frame.
    case wrongAnswer(FrameType, WireFault?)
    /// The device speaks another major version of the protocol.
    case incompatible(DeviceIdentity)
    /// The task was cancelled; commands already sent have run, the others not.
    case cancelled
    /// The accelerator is closed, or an earlier failure left it unusable.
    case closed
}

extension AcceleratorError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .commandFailed(let id, let opcode, let code, let role):
            "failed to run command \(id) (\(opcode)\(Self.operand(role))): \(code.explanation)"
        case .unencodable(let id, let opcode, let code, let role):
            "failed to encode command \(id) (\(opcode)\(Self.operand(role))): "
                + code.explanation
        case .frameRefused(let type, let fault):
            "failed to transfer \(type): the device refused the frame (\(fault)); open it again"
        case .transferFailed(let type, let fault):
            "failed to transfer \(type): \(fault); check the device and open it again"
        case .wrongAnswer(let type, let fault):
            "failed to transfer \(type): the device's answer is "
                + (fault.map { "damaged (\($0))" } ?? "not one to this frame") + "; open it again"
        case .incompatible(let identity):
            "failed to open the device: it speaks protocol \(identity.protocolMajor), this program "
                + "\(DeviceIdentity.current.protocolMajor); update the older of the two"
        case .cancelled: "failed to finish the commands: the task was cancelled"
        case .closed: "failed to reach the device: it is closed; open it again"
        }
    }

    private static func operand(_ role: OperandRole?) -> String {
        role.map { ", operand \($0)" } ?? ""
    }
}

extension DeviceErrorCode {
    /// What the code says of a command, in words.
    package var explanation: String {
        switch self {
        case .malformedCommand: "its record is malformed"
        case .wrongOperands: "an operand is missing or not taken by it"
        case .wrongLayout: "the operand's layout does not fit its role"
        case .wrongShape: "shapes disagree or are out of limits"
        case .wrongGeometry: "kernel, stride, padding or direction are out of limits"
        case .misaligned: "the operand's address is not a multiple of \(Limits.tensorAlignment)"
        case .outOfRange: "the operand reaches past the end of device memory"
        case .overlapping: "the operand is written and overlaps another one"
        case .uninitialized: "the operand is read but was never written"
        case .sramOverflow: "its smallest tile does not fit into on-chip memory"
        case .wrongScalar: "a scalar is not finite or out of its range"
        case .datapathFault: "the datapath failed"
        }
    }
}
