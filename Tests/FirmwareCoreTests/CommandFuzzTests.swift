import AcceleratorISA
import FirmwareCore
import Testing

/// Damages records of valid commands, a field, a bit or a byte at a time.
private struct RecordMutator {
    var random: SplitMix64

    /// Byte counts of the head's and an operand's fields at their offsets.
    private static let headFields = [
        (0, 2), (2, 1), (3, 1), (4, 4), (8, 4), (12, 2), (14, 2), (16, 2), (18, 1), (19, 1),
        (20, 1), (21, 1), (22, 1), (23, 1), (24, 1), (25, 1), (26, 1), (27, 1), (28, 4), (32, 4),
        (36, 4), (40, 4),
        (44, 4), (48, 4), (56, 4), (64, 4), (72, 4), (76, 4), (80, 1),
    ]
    private static let operandFields = [
        (0, 1), (1, 1), (2, 1), (4, 4), (8, 4), (12, 4), (16, 4), (24, 8),
    ]

    mutating func mutate(_ record: inout [UInt8], donors: [[UInt8]]) {
        switch random.below(10) {
        case 0: record[random.below(record.count)] ^= 1 << UInt8(random.below(8))
        case 1: record[random.below(record.count)] = UInt8(random.below(256))
        case 2 where record.count > 112: removeOperand(of: &record)
        case 3: takeOperand(of: &record, from: donors[random.below(donors.count)])
        case 4, 5: changeField(of: &record, at: 0, Self.headFields)
        default:
            guard record.count > 112 else {
                return changeField(of: &record, at: 0, Self.headFields)
            }
            let operand = 112 + 32 * random.below((record.count - 112) / 32)
            changeField(of: &record, at: operand, Self.operandFields)
        }
    }

    private mutating func changeField(
        of record: inout [UInt8],
        at start: Int,
        _ fields: [(Int, Int)]
    ) {
        let (offset, byteCount) = fields[random.below(fields.count)]
        var value: UInt64 = 0
        for byte in (0..<byteCount).reversed() {
            value = value << 8 | UInt64(record[start + offset + byte])
        }
        switch random.below(10) {
        case 0: value = 0
        case 1: value = .max
        case 2: value &+= 1
        case 3: value &-= 1
        case 4: value &+= 64
        case 5: value &-= 64
        case 6: value = UInt64(random.below(9))
        case 7: value = 1 << UInt64(random.below(byteCount * 8))
        case 8: value = (1 << 20) - UInt64(random.below(256)) * 64
        default: value = UInt64(random.below(1 << 14)) * 64
        }
        for byte in 0..<byteCount {
            record[start + offset + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))
        }
    }

    private mutating func removeOperand(of record: inout [UInt8]) {
        let start = 112 + 32 * random.below((record.count - 112) / 32)
        record.removeSubrange(start..<start + 32)
        record[26] &-= 1
    }

    /// Puts an operand of another record into its place by role.
    private mutating func takeOperand(of record: inout [UInt8], from donor: [UInt8]) {
        guard donor.count > 112 else { return }
        let taken = 112 + 32 * random.below((donor.count - 112) / 32)
        let operand = Array(donor[taken..<taken + 32])
        var place = 112
        while place < record.count, record[place] < operand[0] { place += 32 }
        if place < record.count, record[place] == operand[0] {
            record.replaceSubrange(place..<place + 32, with: operand)
        } else {
            record.insert(contentsOf: operand, at: place)
            record[26] &+= 1
        }
    }
}

@Suite struct CommandFuzzTests {
    private static let recordsPerSeed = 30_000

    /// What must hold of any command that was run, found without the validator's help.
    private func isHarmless(_ command: Command, wasWritten: [Bool]) -> Bool {
        let written = writtenRoles(of: command)
        for role in OperandRole.allCases {
            guard let tensor = command.operands[role] else { continue }
            guard tensor.address % tensor.alignment == 0, range(of: tensor).upperBound <= 1 << 20
            else {
                return false
            }
            let touched = wasWritten[grains(of: range(of: tensor))]
            if isRead(role, by: command), !touched.allSatisfy({ $0 }) { return false }
            for other in written where other != role {
                guard let target = command.operands[other] else { continue }
                let isInPlace = target.address == tensor.address
                if !isInPlace, range(of: target).overlaps(range(of: tensor)) { return false }
            }
        }
        return true
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func damagedRecordsAreRefusedWithoutTraceOrRunHarmlessly(seed: UInt64) throws {
        let commands = ValidCommands.all.map(\.command)
        let records = try commands.map { try record(of: $0) }
        var mutator = RecordMutator(random: SplitMix64(seed: seed))
        var runCount = 0
        var codes: Set<DeviceErrorCode> = []
        for (command, original) in zip(commands, records) {
            let port = preparedPort(for: command)
            let prepared = port.memory.written
            let processor = TestProcessor(port: port)
            for _ in 0..<Self.recordsPerSeed / commands.count {
                var bytes = original
                for _ in 0...mutator.random.below(3) { mutator.mutate(&bytes, donors: records) }
                let writesBefore = port.memory.writeCount
                let event = processor.process(bytes)
                if let code = event.error {
                    codes.insert(code)
                    try #require(port.memory.writeCount == writesBefore, "seed \(seed): \(bytes)")
                } else {
                    runCount += 1
                    let port = processor.port
                    let ran = try #require(port.commands.last)
                    try #require(isHarmless(ran, wasWritten: prepared), "seed \(seed): \(bytes)")
                    try #require(port.plans.last.map { $0.rowsPerTile >= 1 } == true)
                    port.memory.written = prepared
                }
            }
        }
        // The damage reached every check, and some of it did no harm.
        #expect(runCount > Self.recordsPerSeed / 50)
        #expect(codes.isSuperset(of: Set(DeviceErrorCode.allCases).subtracting(rare)))
    }

    /// Codes that damage of one field cannot bring about, or hardly.
    private let rare: Set<DeviceErrorCode> = [.sramOverflow, .datapathFault]

    @Test func arbitraryBytesAreRefused() {
        var random = SplitMix64(seed: 5)
        let processor = TestProcessor()
        for _ in 0..<20_000 {
            let bytes = (0..<random.below(300)).map { _ in UInt8(random.below(256)) }
            let event = processor.process(bytes)
            #expect(event.error == .malformedCommand)
        }
        let runCount = processor.port.commands.count
        #expect(runCount == 0)
    }
}
