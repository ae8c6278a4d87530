package import AcceleratorDriver
package import RetrainingCompiler

/// Why a training, a transformation or a comparison did not happen.
package enum RetrainingError: Error, Sendable, CustomStringConvertible {
    /// The job does not fit the device.
    case compilation(CompileError)
    /// The device failed, or the link to it.
    case device(AcceleratorError)
    /// The numbers left the finite range.
    case diverged(String)
    /// A file that comes with this program is not there: where it was looked for, what to do.
    case missingFile(String)
    /// A file is not what it should be: what, where, what to do.
    case badFile(String)
    /// A file could not be read or written.
    case fileSystem(String)
    /// Options that do not go together.
    case configuration(String)
    /// This program is wrong.
    case internalFault(String)

    package var description: String {
        switch self {
        case .compilation(let error): "\(error)"
        case .device(let error): "\(error)"
        case .diverged(let fact):
            "failed to go on training: \(fact); lower the learning rate or check the pictures"
        case .missingFile(let text), .badFile(let text), .fileSystem(let text),
            .configuration(let text), .internalFault(let text):
            text
        }
    }
}
