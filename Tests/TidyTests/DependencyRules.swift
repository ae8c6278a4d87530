/// Rules about what a file uses.
enum DependencyRules {
    /// Programs: where a device is chosen, output is printed and tasks are started.
    static let programs: Set<String> = ["ganctl", "gand", "ganapp", "AcceleratorBenchmarks"]
    /// Ways to reach a device; everything else knows them as a `DeviceTransport`.
    static let transports: Set<String> = ["ChipEmulator", "USBTransport"]
    /// Libraries that do without Foundation and Dispatch, so that they stay open to small hosts.
    static let withoutFoundation: Set<String> = [
        "AcceleratorDriver", "AcceleratorISA", "ChipEmulator", "DatapathNumerics",
        "DurableStorage", "FirmwareCore", "ModelGraph", "PerformanceModel", "RetrainingCompiler",
        "SamplePortraits", "USBTransport",
    ]

    /// Nothing below the runtime needs Foundation, and tests need no second test library.
    static func platformImports(_ file: SourceText) -> [Violation] {
        let platform = ["Foundation", "FoundationEssentials", "Dispatch"]
        return file.imports.compactMap { line, module in
            if module == "XCTest" { return file.violation(at: line, "tests use Swift Testing") }
            guard let target = file.sourceTarget, withoutFoundation.contains(target),
                platform.contains(module)
            else { return nil }
            return file.violation(at: line, "\(target) does without \(module)")
        }
    }

    /// Only programs and tests know which device they talk to.
    static func transportImports(_ file: SourceText) -> [Violation] {
        guard let target = file.sourceTarget, !programs.contains(target),
            !transports.contains(target)
        else { return [] }
        return file.imports.compactMap { line, module in
            guard transports.contains(module) else { return nil }
            return file.violation(at: line, "\(target) imports the transport \(module)")
        }
    }

    /// Libraries throw errors: they neither trap on them, nor print, nor read the environment.
    static func callsInLibraries(_ file: SourceText) -> [Violation] {
        guard file.isSwift, let target = file.sourceTarget, !programs.contains(target) else {
            return []
        }
        let calls = [
            "try!", "fatalError(", "print(", "debugPrint(", "dump(", "getenv(", "secure_getenv(",
            "as!", "unsafeDowncast(",
        ]
        return uses(of: calls, in: file).map { line, call in
            file.violation(at: line, "\(call) in a library")
        }
    }

    /// Tasks without a parent begin in programs and tests only.
    static func unstructuredTasks(_ file: SourceText) -> [Violation] {
        guard file.isSwift, let target = file.sourceTarget, !programs.contains(target) else {
            return []
        }
        return uses(of: ["Task {", "Task.detached", "Task.init"], in: file).map { line, call in
            file.violation(at: line, "an unstructured task in a library: \(call)")
        }
    }

    /// Where one of some calls stands in the code, and is not the end of a longer name or a member.
    private static func uses(of calls: [String], in file: SourceText) -> [(Int, String)] {
        file.code.enumerated().flatMap { index, line in
            calls.compactMap { call in
                var rest = line[...]
                while let range = rest.firstRange(of: call) {
                    let before = line[..<range.lowerBound].last
                    let isWhole = before.map { !$0.isLetter && !$0.isNumber && !"_.".contains($0) }
                    if isWhole ?? true { return (index, call) }
                    rest = rest[range.upperBound...]
                }
                return nil
            }
        }
    }
}
