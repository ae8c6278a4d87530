package import ModelGraph
package import PerformanceModel

/// Profiles from files.
///
/// ```json
/// { "base": "chip", "name": "wide", "multiplierCount": 512, "dramBytesPerSecond": 6.4e9,
///   "energy": { "dramPicojoulesPerBit": { "value": 8, "source": "LPDDR4 data sheet" } } }
/// ```
/// Every key is optional and overrides a parameter of the base. Another `multiplierCount` or
/// `sramByteCount` scales control and leakage as `scaled(multiplierCount:sramByteCount:)` says;
/// `peakWatts` calibrates control anew; a coefficient is a number, or a number and its source.
extension ChipProfile {
    private static let keys: Set<String> = [
        "base", "name", "multiplierCount", "clockHertz", "dramBytesPerSecond", "sramByteCount",
        "channelWidths", "vectorLanes", "commandCycles", "tileCycles", "processNanometers",
        "energy", "peakWatts",
    ]

    /// Reads a profile.
    ///
    /// - Throws: `JSONError` naming the document and the key.
    package init(parsing bytes: [UInt8], document: String) throws(JSONError) {
        let root = try JSONField(parsing: bytes, document: document)
        try root.requireOnly(Self.keys)
        var profile = try Self.base(root)
        try profile.overrideSizes(root)
        try profile.overrideRates(root)
        if let field = try root.optional("energy") { try profile.overrideEnergy(field, document) }
        if let field = try root.optional("peakWatts") {
            let watts = try field.number()
            let energy = try root.optional("energy")
            guard try energy?.optional("controlPicojoulesPerCycle") == nil else {
                throw field.failure("excludes energy.controlPicojoulesPerCycle; leave one out")
            }
            profile = profile.calibrated(peakWatts: watts, source: "\(document): peakWatts")
            guard watts.isFinite, watts > 0, profile.peakWatts <= watts * (1 + 1e-9) else {
                throw field.failure(
                    "\(watts) W are less than the \(profile.peakWatts) W of operations and leakage"
                )
            }
        }
        do throws(LimitError) {
            try profile.check()
        } catch {
            throw JSONError(at: "\(document): \(error.parameter)", error.fact)
        }
        self = profile
    }

    private static func base(_ root: JSONField) throws(JSONError) -> ChipProfile {
        guard let field = try root.optional("base") else { return .chip }
        let name = try field.string()
        guard let base = named.first(where: { $0.name == name }) else {
            let known = named.map(\.name).joined(separator: ", ")
            throw field.failure("there is no profile '\(name)'; choose from \(known)")
        }
        return base
    }

    private mutating func overrideSizes(_ root: JSONField) throws(JSONError) {
        var multipliers = multiplierCount
        var sram = sramByteCount
        if let field = try root.optional("multiplierCount") {
            multipliers = try field.integer(in: Limits.multiplierCount)
        }
        if let field = try root.optional("sramByteCount") {
            sram = UInt64(try field.integer(in: Limits.sramByteCount))
        }
        self = scaled(multiplierCount: multipliers, sramByteCount: sram)
        if let field = try root.optional("name") { name = try field.string() }
        guard let field = try root.optional("channelWidths") else { return }
        var widths: [Int] = []
        for element in try field.elements() {
            widths.append(try element.integer(in: Limits.multiplierCount))
        }
        channelWidths = widths
    }

    private mutating func overrideRates(_ root: JSONField) throws(JSONError) {
        if let field = try root.optional("clockHertz") { clockHertz = try field.number() }
        if let field = try root.optional("dramBytesPerSecond") {
            dramBytesPerSecond = try field.number()
        }
        if let field = try root.optional("vectorLanes") {
            vectorLanes = try field.integer(in: Limits.vectorLanes)
        }
        if let field = try root.optional("commandCycles") {
            commandCycles = try field.integer(in: Limits.commandCycles)
        }
        if let field = try root.optional("tileCycles") {
            tileCycles = try field.integer(in: Limits.tileCycles)
        }
        if let field = try root.optional("processNanometers") {
            processNanometers = try field.integer(in: Limits.processNanometers)
        }
    }

    private mutating func overrideEnergy(
        _ field: JSONField,
        _ document: String
    ) throws(JSONError) {
        try field.requireOnly(Set(EnergyCoefficients.paths.map(\.name)))
        for (name, path) in EnergyCoefficients.paths {
            guard let member = try field.optional(name) else { continue }
            guard case .object = member.value else {
                energy[keyPath: path] = EnergyCoefficient(try member.number(), document)
                continue
            }
            try member.requireOnly(["value", "source"])
            energy[keyPath: path] = EnergyCoefficient(
                try member["value"].number(),
                try member.optional("source")?.string() ?? document
            )
        }
    }
}
