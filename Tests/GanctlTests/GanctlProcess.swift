import Glibc

/// How a process ended.
enum ProcessEnding: Equatable {
    case exited(Int32)
    /// Killed by a signal.
    case killed(Int32)
}

/// What a run of `ganctl` came to.
struct GanctlResult {
    let status: ProcessEnding
    let output: String
    let errors: String
}

/// A running `ganctl`, the one that was built with these tests; its output goes to files.
final class GanctlProcess {
    private let identifier: pid_t
    private let streams: [Int32]
    private var isEnded = false

    /// What a system call said.
    struct Failure: Error {
        let call: String
        let number: Int32
    }

    /// The program stands beside the test bundle.
    static func programPath() throws -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { throw Failure(call: "readlink", number: errno) }
        let path = buffer.prefix(count).map { UInt8(bitPattern: $0) }
        let folder = path[...(path.lastIndex(of: UInt8(ascii: "/")) ?? 0)]
        return String(decoding: folder, as: UTF8.self) + "ganctl"
    }

    /// Starts it.
    ///
    /// No file it writes may grow beyond `fileByteLimit`, a multiple of 512; as on a full disk, a
    /// write fails. `program` is another file of it.
    init(_ arguments: [String], fileByteLimit: Int? = nil, program: String? = nil) throws {
        streams = try (0..<2).map { _ in try Self.makeFile() }
        var command = [try program ?? Self.programPath()] + arguments
        if let fileByteLimit {
            // An ignored signal stays ignored in the program: its write gets an error instead.
            let script = "trap '' XFSZ; ulimit -f \(fileByteLimit / 512); exec \"$@\""
            command = ["/bin/sh", "-c", script, "sh"] + command
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, streams[0], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, streams[1], STDERR_FILENO)
        let words = command.map { strdup($0) }
        defer { words.forEach { free($0) } }
        var identifier: pid_t = 0
        let number = posix_spawn(&identifier, command[0], &actions, nil, words + [nil], environ)
        guard number == 0 else { throw Failure(call: "posix_spawn", number: number) }
        self.identifier = identifier
    }

    /// A file without a name.
    private static func makeFile() throws -> Int32 {
        var template = Array("/tmp/gan-accelerator-tests.XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Failure(call: "mkstemp", number: errno) }
        unlink(template)
        return descriptor
    }

    deinit {
        if !isEnded {
            kill(identifier, SIGKILL)
            waitpid(identifier, nil, 0)
        }
        streams.forEach { close($0) }
    }

    /// What it wrote to standard error so far.
    var errors: String { Self.text(of: streams[1]) }

    /// Sends a signal.
    func send(_ signal: Int32) { kill(identifier, signal) }

    /// Waits for the end, at most five minutes: then the process is killed.
    func result() async throws -> GanctlResult {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(300)
        var status: Int32 = 0
        while waitpid(identifier, &status, WNOHANG) == 0 {
            if clock.now > deadline { kill(identifier, SIGKILL) }
            try await clock.sleep(for: .milliseconds(4))
        }
        isEnded = true
        let signal = status & 0x7F
        return GanctlResult(
            status: signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal),
            output: Self.text(of: streams[0]),
            errors: Self.text(of: streams[1])
        )
    }

    private static func text(of descriptor: Int32) -> String {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return "" }
        var bytes = [UInt8](repeating: 0, count: status.st_size)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}

/// Runs `ganctl` to its end.
func ganctl(_ arguments: [String], fileByteLimit: Int? = nil) async throws -> GanctlResult {
    try await GanctlProcess(arguments, fileByteLimit: fileByteLimit).result()
}

/// Whether there is a file, a folder or anything else of that path.
func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
