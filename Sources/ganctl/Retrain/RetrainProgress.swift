import AcceleratorRuntime
import Glibc
import RetrainingCompiler

/// Shows how a retraining goes: one line that is rewritten on a terminal, elsewhere a line now and
/// then.
final class RetrainProgress {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let epochs: Int
    private var shownSeconds = -10.0

    init(epochs: Int) { self.epochs = epochs }

    /// Shows a step, `seconds` after the session's training began.
    func show(_ progress: Retraining.Progress, seconds: Double) {
        let isLast = progress.step == progress.stepCount
        guard seconds - shownSeconds >= (isTerminal ? 0.2 : 10) || isLast else { return }
        shownSeconds = seconds
        let rate = Double(progress.sessionStep) / max(seconds, 1e-9)
        let left = Double(progress.stepCount - progress.step) / max(rate, 1e-9)
        let shown: [StarGANLoss] = [
            .reconstruction, .truth, .discriminatorClass, .generatorClass, .generatorAdversarial,
        ]
        let losses =
            shown
            .compactMap { loss in
                progress.losses[loss].map { "\(loss.name) \(Self.short(Double($0)))" }
            }.joined(separator: ", ")
        let line =
            "epoch \(progress.epoch)/\(epochs), step \(progress.step)/\(progress.stepCount), "
            + "\(Self.short(rate)) steps/s, \(Self.duration(left)) left; \(losses)"
        guard isTerminal else {
            StandardStreams.complain(line)
            return
        }
        StandardStreams.write("\r\u{1B}[K\(line)" + (isLast ? "\n" : ""))
    }

    /// Leaves the line that is being rewritten.
    func endLine() {
        if isTerminal { StandardStreams.write("\n") }
    }

    /// A number of three digits or so.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        let scale = abs(value) >= 100 ? 1.0 : abs(value) >= 10 ? 10 : 1000
        return "\((value * scale).rounded() / scale)"
    }

    /// Seconds as a person says them.
    static func duration(_ seconds: Double) -> String {
        let whole = Int(min(max(seconds.rounded(.up), 0), 1e9))
        if whole < 90 { return "\(whole) s" }
        if whole < 5400 { return "\((whole + 30) / 60) min" }
        return "\((whole + 1800) / 3600) h"
    }
}
