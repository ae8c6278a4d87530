import ModelGraph

/// The chip that time and energy are worked out for: every parameter with its unit and source.
package struct ProfileLedger: Sendable, Equatable {
    /// One parameter or coefficient.
    package struct Parameter: Sendable, Equatable {
        /// What it is.
        package let name: String
        /// Its value, in ``unit``.
        package let value: Double
        /// Its unit; empty for a plain number.
        package let unit: String
        /// Where the value comes from: a paper, an inference, a decision.
        package let source: String

        /// Names all of it.
        package init(name: String, value: Double, unit: String, source: String) {
            self.name = name
            self.value = value
            self.unit = unit
            self.source = source
        }
    }

    /// The profile's name.
    package let name: String
    /// Its parameters, in the order they are shown.
    package let parameters: [Parameter]

    /// A profile.
    package init(name: String, parameters: [Parameter]) {
        self.name = name
        self.parameters = parameters
    }
}

extension ProfileLedger {
    static let keys = KeyTree.leaves("name", "parameters")

    var document: StrictJSON {
        [
            "name": .string(name),
            "parameters": .array(
                parameters.map {
                    [
                        "name": .string($0.name), "value": .number($0.value),
                        "unit": .string($0.unit), "source": .string($0.source),
                    ]
                }
            ),
        ]
    }

    init(_ field: JSONField) throws(JSONError) {
        name = try field["name"].string()
        var parameters: [Parameter] = []
        for element in try field["parameters"].elements() {
            parameters.append(
                Parameter(
                    name: try element["name"].string(),
                    value: try element["value"].number(),
                    unit: try element["unit"].string(),
                    source: try element["source"].string()
                )
            )
        }
        self.parameters = parameters
    }
}

/// Time and energy of the chip for a whole training, memory beside it excluded.
package struct ChipLedger: Sendable, Equatable {
    /// Seconds of the chip's own clock.
    package let seconds: Double
    /// Joules of the chip alone.
    package let energyJoules: Double
    /// What was counted, and how time and energy come from it, in words.
    package let accounting: String

    /// Names all of it.
    package init(seconds: Double, energyJoules: Double, accounting: String) {
        self.seconds = seconds
        self.energyJoules = energyJoules
        self.accounting = accounting
    }

    /// Energy over time; 0 where no time passed.
    package var averagePowerWatts: Double { seconds > 0 ? energyJoules / seconds : 0 }
}

extension ChipLedger {
    static let keys = KeyTree.leaves("seconds", "energyJoules", "averagePowerWatts", "accounting")

    var document: StrictJSON {
        [
            "seconds": .number(seconds),
            "energyJoules": .number(energyJoules),
            "averagePowerWatts": .number(averagePowerWatts),
            "accounting": .string(accounting),
        ]
    }

    init(_ field: JSONField) throws(JSONError) {
        seconds = try field["seconds"].quantity()
        energyJoules = try field["energyJoules"].quantity()
        accounting = try field["accounting"].string()
        try field["averagePowerWatts"].require(averagePowerWatts, because: "energy over seconds")
    }
}

/// Energy of the memory beside the chip for a whole training.
package struct DRAMLedger: Sendable, Equatable {
    /// Joules.
    package let energyJoules: Double
    /// Picojoules of a bit moved, read or written.
    package let picojoulesPerBit: Double
    /// Which bytes were counted, in words.
    package let accounting: String

    /// Names all of it.
    package init(energyJoules: Double, picojoulesPerBit: Double, accounting: String) {
        self.energyJoules = energyJoules
        self.picojoulesPerBit = picojoulesPerBit
        self.accounting = accounting
    }
}

extension DRAMLedger {
    static let keys = KeyTree.leaves("energyJoules", "picojoulesPerBit", "accounting")

    var document: StrictJSON {
        [
            "energyJoules": .number(energyJoules),
            "picojoulesPerBit": .number(picojoulesPerBit),
            "accounting": .string(accounting),
        ]
    }

    init(_ field: JSONField) throws(JSONError) {
        energyJoules = try field["energyJoules"].quantity()
        picojoulesPerBit = try field["picojoulesPerBit"].quantity()
        accounting = try field["accounting"].string()
    }
}

extension JSONField {
    /// Refuses a number that does not follow from the others beside it.
    func require(_ expected: Double, because words: String) throws(JSONError) {
        let found = try number()
        guard abs(found - expected) <= 1e-9 * max(1, abs(expected)) else {
            throw failure("expected \(expected) (\(words)), found \(found)")
        }
    }
}
