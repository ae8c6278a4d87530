import AcceleratorRuntime
import ArgumentParser
import ModelGraph
import RetrainingCompiler
import SamplePortraits

extension StudyRun {
    /// Makes all rows that are not there yet, and writes the table anew after each.
    func rows(
        of conditions: [[Condition]],
        _ ways: [StudyWay],
        _ command: StudyCommand,
        into session: inout StudySession
    ) async throws {
        Interruption.watch()
        StandardStreams.complain(
            "device: \(command.device.device), kernels \(command.device.kernelName)"
        )
        let byName = Dictionary(
            uniqueKeysWithValues: conditions.map { (DrawnUser.name($0), $0) }
        )
        let waysByName = Dictionary(uniqueKeysWithValues: ways.map { ($0.name, $0) })
        var user: DrawnUser?
        for (number, key) in session.cases.keys.enumerated() where !session.holds(key) {
            if Interruption.isRequested { try Self.end() }
            let isSame = user.map { $0.condition == key.condition && $0.seed == key.seed } ?? false
            var drawn: DrawnUser
            if isSame, let user {
                drawn = user
            } else {
                drawn = DrawnUser(
                    drawing: SampleUser(
                        conditions: byName[key.condition] ?? [],
                        seed: key.seed,
                        size: retraining.model.configuration.imageSize,
                        pictureCount: command.pictures,
                        judgedCount: command.judged
                    ),
                    rules: retraining.options.rules
                )
            }
            do {
                let row = try await self.row(of: &drawn, waysByName[key.way] ?? .none)
                try session.add(row)
                let place = "\(number + 1) of \(session.cases.keys.count)"
                StandardStreams.complain("\(place): \(session.table.words(row))")
            } catch is UserInterruption {
                try Self.end()
            }
            user = drawn
        }
    }

    private static func end() throws {
        StandardStreams.complain(
            "ganctl: interrupted; study.csv has the rows so far, go on with --resume"
        )
        throw ExitCode(ExitStatus.interrupted.rawValue)
    }
}

extension StudyTable {
    /// A row in a line.
    fileprivate func words(_ row: StudyRow) -> String {
        let key = row.key
        let decibels = RetrainProgress.short(row.decibels)
        let start = "\(key.condition), user \(key.seed), \(key.way): \(decibels) dB"
        guard let effort = row.effort else {
            guard key.condition != StudyCases.none, let cost = cost(for: row) else { return start }
            return "\(start), which cost \(RetrainProgress.short(cost)) dB"
        }
        return start + (gain(of: row).map { ", won \(RetrainProgress.short($0)) dB" } ?? "")
            + ", \(RetrainProgress.short(effort.wallSeconds)) s here, "
            + "\(RetrainProgress.short(effort.chipSeconds)) s on the chip"
    }
}
