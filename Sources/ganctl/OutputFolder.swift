import AcceleratorRuntime
import DurableStorage
import Glibc
import ImageCapture

/// A folder that a command writes its results into, each file whole or not at all.
struct OutputFolder {
    let path: String

    static let model = "model.safetensors"
    static let report = "report.json"
    static let plan = "plan.json"
    static let page = "report.html"
    static let pictures = "before-after.png"
    static let checkpoint = "checkpoint.safetensors"

    /// Path of a file inside.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Whether a file is inside.
    func holds(_ name: String) -> Bool { access(file(name), F_OK) == 0 }

    /// Whether another path leads to this folder too.
    func isSame(as other: String) -> Bool {
        var (mine, others) = (stat(), stat())
        guard stat(path, &mine) == 0, stat(other, &others) == 0 else { return false }
        return mine.st_dev == others.st_dev && mine.st_ino == others.st_ino
    }

    /// Makes the folder, and the ones above it, where they are missing.
    func create() throws {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += "\(part)/"
            guard mkdir(prefix, 0o777) != 0, errno != EEXIST else { continue }
            throw CommandFailure(
                .inputOutput,
                "failed to make folder \(path): \(systemMessage(errno)); choose another --output"
            )
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure(
                .inputOutput,
                "failed to make folder \(path): there is a file of that name; choose another"
            )
        }
    }

    /// Refuses to lose what an earlier retraining left there, or to go on from nothing.
    func check(resumes: Bool, replaces: Bool) throws {
        if resumes {
            guard holds(Self.checkpoint) else {
                throw CommandFailure(
                    .noInput,
                    "failed to resume: there is no \(file(Self.checkpoint)); "
                        + "leave --resume out to start"
                )
            }
            return
        }
        guard !replaces else { return }
        for (name, what) in [
            (Self.checkpoint, "an unfinished retraining; go on with --resume"),
            (Self.model, "an earlier result; choose another --output"),
        ] where holds(name) {
            throw CommandFailure(
                .configuration,
                "failed to start: \(path) holds \(what), or replace it with --force"
            )
        }
    }

    /// Writes a file.
    func write(_ bytes: [UInt8], as name: String) throws {
        do throws(FileWriteError) {
            try AtomicFile.write(bytes, to: file(name))
        } catch {
            throw CommandFailure(.inputOutput, "\(error)")
        }
    }

    /// Writes a picture.
    func write(_ picture: RGBImage, as name: String) throws {
        do throws(FileWriteError) {
            try picture.writePNG(to: file(name))
        } catch {
            throw CommandFailure(.inputOutput, "\(error)")
        }
    }

    /// Removes a file that may be there.
    func remove(_ name: String) { unlink(file(name)) }
}
