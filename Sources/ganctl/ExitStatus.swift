import AcceleratorRuntime
import Glibc

/// What `ganctl` exits with: the numbers of sysexits.h.
enum ExitStatus: Int32, CaseIterable {
    case success = 0
    case negative = 1
    case usage = 64
    case badData = 65
    case noInput = 66
    case noDevice = 69
    case `internal` = 70
    case inputOutput = 74
    case configuration = 78
    case interrupted = 130

    /// What the number says.
    var meaning: String {
        switch self {
        case .success: "done"
        case .negative: "the answer is no: a comparison or check failed"
        case .usage: "the command line is wrong"
        case .badData: "a file is not what it should be"
        case .noInput: "a file or folder is missing, or has nothing usable in it"
        case .noDevice: "the device is missing, busy or failed"
        case .internal: "this program is wrong"
        case .inputOutput: "a file could not be read or written"
        case .configuration: "the settings do not go together, or do not fit the device"
        case .interrupted: "interrupted; retrain and pretrain leave a checkpoint"
        }
    }

    /// The table that `ganctl --help` prints.
    static var table: String {
        "EXIT STATUS\n"
            + allCases.map { status in
                let number = String(status.rawValue)
                let space = String(repeating: " ", count: 5 - number.count)
                return "  \(number)\(space)\(status.meaning)"
            }.joined(separator: "\n")
    }
}

/// A failure with the status that tells its kind, and one line: what, where, what to do.
struct CommandFailure: Error {
    let status: ExitStatus
    let message: String

    /// A failure of a command itself.
    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// A failure below: its kind decides the status.
    init(_ error: RetrainingError) {
        message = "\(error)"
        status =
            switch error {
            case .compilation, .configuration: .configuration
            case .device: .noDevice
            case .diverged: .negative
            case .missingFile: .noInput
            case .badFile: .badData
            case .fileSystem: .inputOutput
            case .internalFault: .internal
            }
    }

    func print() {
        StandardStreams.complain("ganctl: \(message)")
    }
}
