import AcceleratorRuntime
import Glibc
import RetrainingCompiler

/// Shows how a retraining goes: one line that is rewritten on a terminal, elsewhere a line now and
/// then.
final class RetrainProgress {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let epochs: Int
    /// Names of the losses that are shown.
    private let shown: [String]
    private var shownSeconds = -10.0

    /// The progress of a StarGAN.
    convenience init(epochs: Int) {
        let shown: [StarGANLoss] = [
            .reconstruction, .truth, .discriminatorClass, .generatorClass, .generatorAdversarial,
        ]
        self.init(epochs: epochs, shown: shown.map(\.name))
    }

    init(epochs: Int, shown: [String]) {
        self.epochs = epochs
        self.shown = shown
    }

    /// Shows a step, `seconds` after the session's training began.
    func show(_ progress: TrainingProgress, seconds: Double) {
        let isLast = progress.step == progress.stepCount
        guard seconds - shownSeconds >= (isTerminal ? 0.2 : 10) || isLast else { return }
        shownSeconds = seconds
        let rate = Double(progress.sessionStep) / max(seconds, 1e-9)
        let left = Double(progress.stepCount - progress.step) / max(rate, 1e-9)
        let losses =
            shown
            .compactMap { name in
                progress.losses.first { $0.name == name }
                    .map { "\(name) \(Self.short(Double($0.value)))" }
            }.joined(separator: ", ")
        let place = progress.epoch == 0 ? "warm-up" : "epoch \(progress.epoch)/\(epochs)"
        let line =
            "\(place), step \(progress.step)/\(progress.stepCount), "
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
