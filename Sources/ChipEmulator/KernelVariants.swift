import CDatapathKernels

/// How an emulated chip is run on the host: nothing here changes a result.
package struct EmulatorConfiguration: Sendable {
    /// Threads of the datapath.
    package var threadCount: Int
    /// Name of the kernel variant; nil takes the best this processor has.
    package var kernelName: String?

    /// A configuration; one thread and the best kernels by default.
    package init(threadCount: Int = 1, kernelName: String? = nil) {
        self.threadCount = threadCount
        self.kernelName = kernelName
    }
}

/// Why an emulated chip cannot be made.
package enum EmulatorError: Error, Equatable, CustomStringConvertible {
    /// The kernel variant is unknown, or this processor cannot run it.
    case unknownKernels(name: String, available: [String])
    /// The host has no address space for the emulated DRAM.
    case noMemory(byteCount: UInt64)
    /// The host gives no thread, with its error number.
    case noThread(status: Int32)

    package var description: String {
        switch self {
        case .unknownKernels(let name, let available):
            "failed to start the emulator: no kernels named \(name) on this processor; "
                + "choose one of \(available.joined(separator: ", "))"
        case .noMemory(let byteCount):
            "failed to start the emulator: the host has no address space for "
                + "\(byteCount) bytes of device DRAM; choose less"
        case .noThread(let status):
            "failed to start the emulator: the host gives no thread (error \(status)); "
                + "end other programs"
        }
    }
}

/// The kernel variants of this processor.
package enum KernelVariants {
    /// Names, best first.
    package static var names: [String] {
        var result: [String] = []
        while let variant = dk_variant(Int32(result.count)) {
            result.append(String(cString: variant.pointee.name))
        }
        return result
    }

    /// Floating-point operations a second that one core's multiply-accumulate instruction reaches
    /// in a register-only loop of about `seconds`; a multiply-accumulate is two.
    package static func probePeak(_ name: String?, seconds: Double) throws(EmulatorError) -> Double
    {
        dk_probe_peak(try find(name), seconds)
    }

    static func find(_ name: String?) throws(EmulatorError) -> UnsafePointer<dk_kernels> {
        var index: Int32 = 0
        while let variant = dk_variant(index) {
            if name == nil || name == String(cString: variant.pointee.name) { return variant }
            index += 1
        }
        throw .unknownKernels(name: name ?? "any", available: names)
    }
}
